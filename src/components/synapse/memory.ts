import { memoryBytes } from '../options.ts';
import { bytesIn } from './limits.ts';
import { isMap } from './option-values.ts';
import type { OverrideIssue } from './overrides.ts';

interface Limits {
  readonly memory: string;
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** An image is decoded to so many bytes a pixel before a thumbnail is made of it (Pillow's RGBA). */
const bytesPerPixel = 4;

/** What overrides let Synapse take that its container does not have: the kernel would end it. */
export function memoryIssues({ memory, overrides }: Limits): OverrideIssue[] {
  const limit = memoryBytes(memory);
  const { caches, max_image_pixels: pixels } = overrides;
  const tuning = isMap(caches) ? caches.cache_autotuning : undefined;
  const cache = isMap(tuning) ? tuning.max_cache_memory_usage : undefined;
  const hint = 'make it less, or give more to synapse.memory';
  return [
    ...(isSize(cache) && bytesIn(String(cache)) >= limit
      ? [
          {
            path: ['overrides', 'caches', 'cache_autotuning', 'max_cache_memory_usage'],
            message: `is ${cache}, and the container has ${memory} for all`,
            hint,
          },
        ]
      : []),
    ...(isSize(pixels) && bytesIn(String(pixels)) * bytesPerPixel >= limit
      ? [
          {
            path: ['overrides', 'max_image_pixels'],
            message: `is ${pixels}, which take ${bytesPerPixel} bytes each, and the container has ${memory} for all`,
            hint,
          },
        ]
      : []),
  ];
}

function isSize(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+[KMGT]?$/.test(value));
}
