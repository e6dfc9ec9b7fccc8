/** Host and port of an address on the web. */
export interface WebAddress {
  readonly host: string;
  readonly port: number;
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The host and port of an http or https URL; `undefined` for any other text. */
export function webAddressOf(url: unknown): WebAddress | undefined {
  if (typeof url !== 'string' || /\s/.test(url) || !URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const usual = usualPorts[protocol];
  if (usual === undefined) return undefined;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}
