import type { FileSpec } from '../component.ts';

const names = [
  'patient_synapse.py',
  'synapse_adjustments.py',
  'drain.py',
  'only_one.py',
  'body_limits.py',
  'callers.py',
  'known_servers.py',
];

/** The Python that Synapse starts through, and its module of ours: each as it is. */
export const programs: readonly FileSpec[] = names.map((name) => ({
  path: `synapse/${name}`,
  template: `synapse/${name}`,
}));
