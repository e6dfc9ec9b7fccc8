import { isPlainUrl } from '../identifiers/https-url.ts';

/** A value that came from elsewhere as an https:// address; `undefined` where it is none, or names a user. */
export function asHttpsAddress(value: unknown): string | undefined {
  const isOne =
    typeof value === 'string' &&
    /^https:\/\/.{1,300}$/i.test(value) &&
    isPlainUrl(value) &&
    new URL(value).username === '';
  return isOne ? value : undefined;
}
