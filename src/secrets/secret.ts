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

/** A text that somebody else has written, without these secrets: as they are, and as they stand in a quoted string. */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const values = secrets
    .map((secret) => secret.reveal().trim())
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), ...value.split('\n')])
    .filter((value) => value.length >= shortestHidden);
  // The longest first: one may be a part of another.
  return [...new Set(values)]
    .sort((a, b) => b.length - a.length)
    .reduce((shown, value) => shown.replaceAll(value, redacted), text);
}

/** What is shorter is part of any word, and hides nothing where it is replaced. */
const shortestHidden = 4;
