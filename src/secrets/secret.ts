import { inspect } from 'node:util';

const redacted = '[secret]';

/** A value that shows itself to nobody who does not ask: not in messages, JSON, YAML or a debugger's print. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for a file, or for a program's standard input. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
