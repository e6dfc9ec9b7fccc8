import { describe, expect, test } from 'vitest';
import { cgroupFiles, parseMemory, parseProcessorSeconds } from '../../../src/docker/cgroup.ts';

const id = 'f853f9aa9bd9';

describe('the files of a container', () => {
  test('must be those of the second version', () => {
    expect(cgroupFiles(`0::/system.slice/docker-${id}.scope\n`, id)).toEqual({
      memory: {
        used: `/sys/fs/cgroup/system.slice/docker-${id}.scope/memory.current`,
        limit: `/sys/fs/cgroup/system.slice/docker-${id}.scope/memory.max`,
        details: `/sys/fs/cgroup/system.slice/docker-${id}.scope/memory.stat`,
      },
      processor: `/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`,
    });
  });

  test('must be those of the first version, also beside the second', () => {
    const text = `9:memory:/docker/${id}\n4:cpu,cpuacct:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/docker/${id}\n`;
    expect(cgroupFiles(text, id)).toEqual({
      memory: {
        used: `/sys/fs/cgroup/memory/docker/${id}/memory.usage_in_bytes`,
        limit: `/sys/fs/cgroup/memory/docker/${id}/memory.limit_in_bytes`,
        details: `/sys/fs/cgroup/memory/docker/${id}/memory.stat`,
      },
      processor: `/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`,
    });
  });

  test.each(['0::/user.slice\n', '0::/docker/another\n', '', 'nonsense'])(
    'must not be those of another process: %j',
    (text) => {
      expect(cgroupFiles(text, id)).toBeUndefined();
    },
  );
});

test.each([
  [['1000\n', '4000\n', 'inactive_file 300\n'], { usedBytes: 700, limitBytes: 4000 }],
  [['1000\n', 'max\n', 'inactive_file 300\n'], { usedBytes: 700, limitBytes: 8000 }],
  [
    ['1000\n', '9223372036854771712\n', 'inactive_file 1\ntotal_inactive_file 300\n'],
    { usedBytes: 700, limitBytes: 8000 },
  ],
  [[undefined, 'max\n', ''], undefined],
])('of %j the memory must be read', (texts, memory) => {
  expect(parseMemory(texts, 8000)).toEqual(memory);
});

test.each([
  ['2500000000\n', 2.5],
  ['usage_usec 2500000\nuser_usec 1\n', 2.5],
  ['nonsense', undefined],
  [undefined, undefined],
])('of %j the seconds of a processor must be read', (text, seconds) => {
  expect(parseProcessorSeconds(text)).toBe(seconds);
});
