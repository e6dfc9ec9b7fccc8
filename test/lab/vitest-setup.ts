import type { TestProject } from 'vitest/node';
import { Lab } from './lab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    labDirectory: string;
  }
}

/** Brings up the one lab that all test files of the project `lab` share; `attachLab` takes it up in each. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lab = await Lab.open();
  project.provide('labDirectory', lab.directory);
  return () => lab.close();
}
