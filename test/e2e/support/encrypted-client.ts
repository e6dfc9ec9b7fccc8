import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout, type Machine } from '../../lab/machine.ts';
import type { Calls } from './encrypted-client-program.ts';

const program = ['node', '--import', 'tsx', 'test/e2e/support/encrypted-client-program.ts'];

/** A user at a chat program of today, which finds the server by its name and encrypts; it runs on a machine of the lab. */
export class EncryptedClient {
  readonly userId: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #end: Promise<unknown>;
  #said = '';

  private constructor(userId: string, process: ChildProcessWithoutNullStreams, answers: Interface) {
    this.userId = userId;
    this.#process = process;
    this.#answers = answers[Symbol.asyncIterator]();
    this.#end = once(process, 'close');
    process.stderr.on('data', (chunk) => {
      this.#said += chunk;
    });
  }

  static async logIn(machine: Machine, userId: string, password: string): Promise<EncryptedClient> {
    const process = await machine.spawn(program, { cwd: checkout.onMachines });
    const client = new EncryptedClient(userId, process, createInterface(process.stdout));
    await client.ask('logIn', userId, password);
    return client;
  }

  /**
   * Has the program do something.
   * @throws with what it said when it cannot, when it ends, and after a minute
   */
  async ask<Name extends keyof Calls>(
    name: Name,
    ...parameters: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    this.#process.stdin.write(`${JSON.stringify([name, ...parameters])}\n`);
    const line = await Promise.race([this.#answers.next(), sleep(60_000, undefined, { ref: false })]);
    const answer = line?.value === undefined ? { error: 'no answer' } : JSON.parse(line.value);
    if ('error' in answer) {
      throw new Error(`${this.userId}, ${name}: ${answer.error}\n${this.#said}`);
    }
    return answer.result;
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#end;
  }
}
