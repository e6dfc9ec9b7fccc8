import { inspect } from 'node:util';

const redacted = '[secret]';

/** A value that only `reveal` shows. Messages, JSON, YAML and a debugger's output show a placeholder instead. */
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

/**
 * Removes secrets from a text that another program has written. Each secret is removed as it is, in the form that it
 * has in a quoted string, and line by line.
 */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const values = secrets
    .map((secret) => secret.reveal().trim())
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), ...value.split('\n')])
    .filter((value) => value.length >= shortestHidden);
  // The longest first: a value may be a part of another one.
  return [...new Set(values)]
    .sort((a, b) => b.length - a.length)
    .reduce((shown, value) => shown.replaceAll(value, redacted), text);
}

/** Shorter values occur in many words: to replace them would hide nothing. */
const shortestHidden = 4;
