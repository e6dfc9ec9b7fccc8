/** Explains a connection to a mail port that is neither accepted nor refused; continues a sentence. */
export function describeBlocked(port: number): string {
  return port === 25
    ? 'many providers of servers block outgoing connections to port 25: use 587 or 465 of your mail server, or ask your provider to open it'
    : `a firewall drops the packets: some providers of servers block port ${port} until one asks for it`;
}
