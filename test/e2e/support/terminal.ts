import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { Screen } from '../../fakes/screen.ts';
import type { Host } from '../../lab/host.ts';

/** Where a terminal stands. */
export type Site = Pick<Host, 'spawn'>;

/** A terminal of its own, on a host of the lab or elsewhere, with somebody at it. */
export class Terminal {
  readonly screen = new Screen();
  /** All that was ever written to it. */
  everything = '';
  #asked = 0;
  readonly #shell: ChildProcessWithoutNullStreams;
  /** Ends with what the shell ends with. */
  readonly ended: Promise<unknown>;

  private constructor(shell: ChildProcessWithoutNullStreams) {
    this.#shell = shell;
    shell.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.everything += text;
      this.screen.write(text);
    });
    shell.stderr.resume();
    this.ended = once(shell, 'close');
  }

  /** Opens it with a shell that waits for commands. */
  static async open(site: Site, shell = "env PS1='$ ' bash --norc"): Promise<Terminal> {
    const { cols, rows } = new Screen().size;
    const command = `stty columns ${cols} rows ${rows}; exec ${shell}`;
    const env = { TERM: 'xterm-256color' };
    return new Terminal(await site.spawn(['script', '--quiet', '--command', command, '/dev/null'], { env }));
  }

  type(...keys: string[]): void {
    this.#shell.stdin.write(keys.join(''));
  }

  /** Waits until a text is seen, then types. */
  async answer(seen: string, ...keys: string[]): Promise<void> {
    await this.screen.see(seen, 30);
    // What comes in the same turn as the question is not for it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.type(...keys);
  }

  /** Runs a command that says little, and gives what it has said. */
  async ask(command: string): Promise<string> {
    this.#asked += 1;
    const end = `end ${this.#asked}`;
    // On the line that is typed the two words stand apart.
    this.type(`clear; ${command}; echo end" "${this.#asked}\r`);
    await this.screen.see(end, 30);
    return (this.screen.text.split(end)[0] ?? '').trim();
  }

  /** Ends the shell; by force when it does not hear, since a completion that still runs takes what is typed. */
  async close(): Promise<void> {
    this.#shell.stdin.end('\u0003exit\r');
    const force = setTimeout(() => {
      this.#shell.kill('SIGKILL');
      this.#shell.stdout.destroy();
      this.#shell.stderr.destroy();
    }, 20_000);
    await this.ended;
    clearTimeout(force);
  }
}
