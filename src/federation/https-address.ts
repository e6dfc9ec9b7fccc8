import { isPlainUrl } from '../identifiers/https-url.ts';

/** An untrusted value as an https:// address; `undefined` if it is none, or contains a user. */
export function asHttpsAddress(value: unknown): string | undefined {
  const isOne =
    typeof value === 'string' &&
    /^https:\/\/.{1,300}$/i.test(value) &&
    isPlainUrl(value) &&
    new URL(value).username === '';
  return isOne ? value : undefined;
}
