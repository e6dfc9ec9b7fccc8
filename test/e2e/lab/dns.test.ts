import { describe, expect, it } from 'vitest';
import { attachLab } from '../../lab/attach.ts';

const lab = await attachLab();

/** Asks the name server as a program on a machine of the lab would; an error code in place of an answer. */
async function resolve(name: string, type: string): Promise<unknown> {
  const question = `require('dns').promises.resolve('${name}', '${type}').catch((e) => e.code).then((a) => console.log(JSON.stringify(a)))`;
  return JSON.parse(await lab.registry.run(['node', '--eval', question]));
}

describe('the name server', () => {
  it('must say that a name nobody made does not exist', async () => {
    expect(await resolve('nobody.example', 'A')).toBe('ENOTFOUND');
  });

  it('must show a change to the very next query', async () => {
    await lab.dns.set('moving.example', 'A', '10.88.0.101');
    expect(await resolve('moving.example', 'A')).toEqual(['10.88.0.101']);
    await lab.dns.set('moving.example', 'A', '10.88.0.102', '10.88.0.103');
    expect(await resolve('moving.example', 'A')).toHaveLength(2);
    await lab.dns.forget('moving.example');
    expect(await resolve('moving.example', 'A')).toBe('ENOTFOUND');
  });

  it('must keep records of one type apart from those of another', async () => {
    await lab.dns.set('typed.example', 'A', '10.88.0.101');
    await lab.dns.set('typed.example', 'AAAA', 'fd88::101');
    await lab.dns.forget('typed.example', 'A');
    expect(await resolve('typed.example', 'A')).toBe('ENODATA');
    expect(await resolve('typed.example', 'AAAA')).toEqual(['fd88::101']);
  });

  it.each([
    [
      'SRV',
      '10 5 8448 matrix.every.example.',
      [{ priority: 10, weight: 5, port: 8448, name: 'matrix.every.example' }],
    ],
    ['CAA', '0 issue "letsencrypt.org"', [{ critical: 0, issue: 'letsencrypt.org' }]],
    ['TXT', '"it\'s; quoted" "twice"', [["it's; quoted", 'twice']]],
    ['MX', '5 mail.every.example.', [{ priority: 5, exchange: 'mail.every.example' }]],
    ['CNAME', 'other.every.example.', ['other.every.example']],
  ] as const)('must serve %s records', async (type, value, answer) => {
    const name = `${type.toLowerCase()}.every.example`;
    await lab.dns.set(name, type, value);
    expect(await resolve(name, type)).toMatchObject(answer);
  });
});
