import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cgroupHierarchies } from '../../lab/cgroups.ts';
import { run } from '../../lab/command.ts';

/** All that this machine shows of a lab: what kind it is, and its name. */
export async function tracesOf(directory: string): Promise<string[]> {
  const prefix = basename(directory);
  const inLab = (line: string): boolean => line.includes(prefix);
  const hierarchies = (await cgroupHierarchies()).map((hierarchy) => join(hierarchy.directory, prefix));
  const traces: Record<string, string[]> = {
    directory: [directory].filter(existsSync),
    namespace: (await readdir('/run/netns').catch(() => [])).filter(inLab),
    link: (await run('ip', ['-brief', 'link'])).split('\n').filter(inLab),
    mount: (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter(inLab),
    'loop device': (await run('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE']))
      .split('\n')
      .filter(inLab),
    cgroup: hierarchies.filter(existsSync),
    process: await processesOf(inLab),
  };
  return Object.entries(traces).flatMap(([kind, names]) => names.map((name) => `${kind} ${name.trim()}`));
}

async function processesOf(inLab: (text: string) => boolean): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const described = await Promise.all(
    pids.map(async (pid) => {
      const files = ['cgroup', 'cmdline', 'mountinfo'].map((file) =>
        readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => ''),
      );
      return (await Promise.all(files)).some(inLab) ? pid : undefined;
    }),
  );
  return described.filter((pid) => pid !== undefined);
}
