import type { FileSpec } from '../component.ts';

const names = [
  'patient_synapse.py',
  'synapse_adjustments.py',
  'drain.py',
  'only_one.py',
  'body_limits.py',
  'held_bytes.py',
  'stored_bytes.py',
  'turns.py',
  'untaken_answers.py',
  'callers.py',
  'known_servers.py',
];

/** Copies of Python files: the programs that start and adjust Synapse, and our module for it. */
export const programs: readonly FileSpec[] = names.map((name) => ({
  path: `synapse/${name}`,
  template: `synapse/${name}`,
}));
