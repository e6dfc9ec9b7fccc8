import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { Client } from './support/client.ts';
import { addUser, deployFederating, password } from './support/federating-server.ts';
import { addForeignUser, serveSite, setUpForeign } from './support/foreign-homeserver.ts';
import { interruptWizard } from './support/wizard.ts';

const lab = await attachLab();
const [ours, foreign, clients] = await Promise.all([
  deployFederating(lab, 'alpha'),
  setUpForeign(lab, 'foreign'),
  lab.host('clients'),
]);
const aliceId = await addUser(ours, 'alice');
await addForeignUser(foreign, 'greta');
const [alice, greta] = await Promise.all([
  new Client({ from: clients, url: 'https://matrix.alpha.test' }).logIn('alice', password),
  new Client({ from: clients, url: foreign.url }).logIn('greta', password),
]);

describe('init on the machine of that homeserver, when somebody is there to answer', () => {
  it('must propose the port by which others find it, whatever answers on 443 of the server name', async () => {
    await serveSite(foreign);
    // It runs without Docker there.
    const skipped = ['engine', 'compose'];
    const wizard = { serverName: 'foreign.test', at: '3 of about 6', skipped };
    await interruptWizard(foreign.machine, wizard, async (terminal) => {
      await terminal.screen.see('this machine already. A homeserver answers there on port 8448', 30);
      // What Enter takes.
      await terminal.screen.see('❯ This machine, and other servers use port 8448', 10);
      terminal.type(key.enter);
      await terminal.screen.see('delegation port-8448', 10);
    });
  });
});

describe('a homeserver that somebody else has set up', () => {
  it('must be able to join a room of ours by its alias, and talk both ways', async () => {
    const room = await alice.createRoom({ preset: 'public_chat', room_alias_name: 'square' });
    const alias = encodeURIComponent('#square:alpha.test');
    const joined = await greta.call('POST', `/_matrix/client/v3/join/${alias}`);
    expect(joined).toEqual({ status: 200, body: { room_id: room } });
    await talk(room);
  });

  it('must be able to take one of us in', async () => {
    const room = await greta.createRoom({ preset: 'private_chat', invite: [aliceId] });
    const joined = await alice.call('POST', `/_matrix/client/v3/join/${room}`);
    expect(joined).toEqual({ status: 200, body: { room_id: room } });
    await talk(room);
  });

  /** What one of them says in a room must reach the other. */
  async function talk(room: string): Promise<void> {
    for (const [one, other] of [
      [alice, greta],
      [greta, alice],
    ] as const) {
      const text = randomUUID();
      await one.say(room, text);
      await waitUntil(text, async () => (await other.read(room)).includes(text));
    }
  }
});
