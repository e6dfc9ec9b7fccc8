import { cached } from './cache.ts';
import { run } from './command.ts';
import { makeDebianRoot } from './engine/debian-root.ts';
import type { Machine } from './machine.ts';

const root = {
  suite: 'trixie',
  packages: ['ca-certificates', 'curl', 'iproute2', 'libstdc++6', 'openssh-server', 'procps'],
};

/** The root file system of a machine with an ssh server. */
export function sshTree(): Promise<string> {
  return cached('ssh-server', root, (directory) => makeDebianRoot(root, directory));
}

/** Puts OpenSSH on a machine that runs the same release: as with its packages, the server is started apart. */
export async function installSsh(machine: Machine): Promise<void> {
  const place = `/proc/${await machine.pid()}/root`;
  const copy = `
    cd "$1"; mkdir -p "$2/usr/lib/openssh" "$2/etc/ssh"
    cp -a usr/sbin/sshd "$2/usr/sbin/"; cp -a usr/bin/ssh usr/bin/ssh-keygen "$2/usr/bin/"
    cp -a usr/lib/openssh/. "$2/usr/lib/openssh/"
    for library in usr/lib/*-linux-gnu/*.so.*; do [ -e "$2/$library" ] || cp -a "$library" "$2/$library"; done`;
  await run('sh', ['-euc', copy, 'copy', await sshTree(), place]);
  const settings = 'UsePAM no\\nPermitRootLogin prohibit-password\\n';
  const prepare = `
    useradd --system --home-dir /run/sshd --shell /usr/sbin/nologin sshd; mkdir -p /run/sshd
    ssh-keygen -q -A; printf '${settings}' >/etc/ssh/sshd_config`;
  await machine.run(['sh', '-euc', prepare]);
}

/** Starts the ssh server of a machine that has one, for those who have the keys of another one's root. */
export async function letIn(machine: Machine, client: Machine, name: string): Promise<void> {
  await client.run([
    'sh',
    '-euc',
    'mkdir -p -m 700 .ssh; [ -e .ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f .ssh/id_ed25519',
  ]);
  await machine.writeFile(
    '/root/.ssh/authorized_keys',
    await client.readFile('/root/.ssh/id_ed25519.pub'),
    '0600',
  );
  await machine.run(['/usr/sbin/sshd']);
  const key = await machine.readFile('/etc/ssh/ssh_host_ed25519_key.pub');
  await client.writeFile('/root/.ssh/known_hosts', `${name} ${key}`);
}
