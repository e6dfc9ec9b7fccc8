/** An address of this host for one test alone: all of 127/8 is this host, so that no port of it is taken. */
export function ownLoopback(): string {
  const byte = () => 1 + Math.floor(Math.random() * 250);
  return `127.${byte()}.${byte()}.${byte()}`;
}
