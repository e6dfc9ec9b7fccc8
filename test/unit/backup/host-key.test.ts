import { describe, expect, test } from 'vitest';
import { fingerprintOf, isNamed, keysOf, knownHost, parseHostKeys } from '../../../src/backup/host-key.ts';
import { newSshKey, sshPublicKey } from '../../../src/secrets/ssh-key.ts';

// The key and its fingerprint as ssh-keygen has made them.
const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const key = { type: 'ssh-ed25519', blob };
const server = { host: 'backup.example.org', port: 2222 };

describe('a host key', () => {
  test('must be read as each program of ssh writes it, and comments not', () => {
    const scanned = `# backup.example.org:22 SSH-2.0\n[backup.example.org]:2222 ssh-ed25519 ${blob}\n`;
    expect(parseHostKeys(scanned)).toEqual([key]);
    expect(parseHostKeys(`ssh-ed25519 ${blob} root@backup`)).toEqual([key]);
  });

  test('must be named by its fingerprint or in full, and no other', () => {
    const other = { ...key, blob: blob.replace('BQYH', 'BQYI') };
    for (const named of [fingerprintOf(key), `ssh-ed25519 ${blob}`]) {
      expect([isNamed(key, named), isNamed(other, named)]).toEqual([true, false]);
    }
  });

  test('must be found by host and port', () => {
    const usual = { ...server, port: 22 };
    expect(knownHost(server, key)).toBe(`[backup.example.org]:2222 ssh-ed25519 ${blob}`);
    expect(knownHost(usual, key)).toBe(`backup.example.org ssh-ed25519 ${blob}`);
    for (const [own, other] of [
      [server, usual],
      [usual, server],
    ] as const) {
      expect(keysOf(own, knownHost(own, key))).toEqual([key]);
      expect(keysOf(other, knownHost(own, key))).toEqual([]);
    }
  });
});

test('a key that is made must be as ssh-keygen reads it, which has told its public half', () => {
  const made = newSshKey((count) => new Uint8Array(count).fill(7));
  expect(made.reveal().trim().split('\n')).toEqual([
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW',
    'QyNTUxOQAAACDqSmxj4pxSCr71UHsTLsX5lUd2rr6+e5JCHuppFEbSLAAAAJAHBwcHBwcH',
    'BwAAAAtzc2gtZWQyNTUxOQAAACDqSmxj4pxSCr71UHsTLsX5lUd2rr6+e5JCHuppFEbSLA',
    'AAAEAHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHB+pKbGPinFIKvvVQexMuxfmV',
    'R3auvr57kkIe6mkURtIsAAAADW1hdHJpeC1kZXBsb3k=',
    '-----END OPENSSH PRIVATE KEY-----',
  ]);
  expect(sshPublicKey(made)).toBe(
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs matrix-deploy',
  );
});
