import type { TestProject } from 'vitest/node';
import { Lab } from './lab.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One a worker, by its number. */
    labDirectories: readonly string[];
  }
}

/** Brings up a lab for each worker of the project `lab`, which all of its test files share; `attachLab` takes it up. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const labs: Lab[] = [];
  const close = async () => {
    await Promise.all(labs.map((lab) => lab.close()));
  };
  try {
    while (labs.length < project.config.maxWorkers) labs.push(await Lab.open());
  } catch (error) {
    await close();
    throw error;
  }
  project.provide(
    'labDirectories',
    labs.map(({ directory }) => directory),
  );
  return close;
}
