import { CancelledError, messageOf } from '../errors.ts';
import { unverified } from '../host/judgement.ts';
import { checks, dockerChecks, type HostCheck } from './checks.ts';
import { dockerFacts } from './docker-facts.ts';
import { gatherFacts, type PreflightPorts, type Subject } from './facts.ts';
import { type CheckName, checkNames, type Finding } from './finding.ts';

/** The result of inspecting a host. */
export interface Inspection {
  readonly findings: readonly Finding[];
  /** Public names that have no certificate, and for which no check has confirmed that the CA will issue one. */
  readonly uncertainNames: readonly string[];
}

/**
 * Checks whether a host can run a deployment, before anything is changed. Writes nothing; the checks run in parallel.
 * Runs only the checks that are due and not in `skip`: a server that was applied before does not need those of a
 * first apply, and one with all its certificates does not need those of an order.
 */
export async function inspectHost(
  subject: Subject,
  context: PreflightPorts,
  skip: ReadonlySet<CheckName> = new Set(),
): Promise<Inspection> {
  const facts = await gatherFacts(subject, context);
  const uncertified = await facts.uncertified();
  const occasions = { always: true, first: !(await facts.installed()), order: uncertified.length > 0 };
  const due = checkNames.filter((name) => occasions[checks[name].when] && !skip.has(name));
  const findings = (await Promise.all(due.map((name) => runCheck(name, checks[name], facts)))).flat();
  const proving = facts.authority?.dns === undefined ? 'dns' : 'challenge';
  const isConfirmed = (name: string) =>
    findings.some((one) => one.check === proving && one.verdict === 'passed' && one.name === name);
  return {
    findings,
    uncertainNames: facts.isBehindProxy ? [] : uncertified.filter((name) => !isConfirmed(name)),
  };
}

/** Checks whether the host has a Docker that can run a deployment. Needs no configuration, and writes nothing. */
export async function inspectDocker(
  directory: string,
  context: PreflightPorts,
  skip: ReadonlySet<CheckName>,
): Promise<readonly Finding[]> {
  // No project is needed to ask for versions.
  const facts = await dockerFacts({ directory, project: 'matrix' }, context);
  const due = (['engine', 'compose'] as const).filter((name) => !skip.has(name));
  return (await Promise.all(due.map((name) => runCheck(name, dockerChecks[name], facts)))).flat();
}

async function runCheck<Facts>(
  check: CheckName,
  { reason, judge }: HostCheck<Facts>,
  facts: Facts,
): Promise<Finding[]> {
  const seen = await judge(facts).catch((error) => {
    if (error instanceof CancelledError) {
      throw error;
    }
    return [unverified(`could not be checked: ${messageOf(error)}`)];
  });
  return seen.map((each) => ({ check, reason, ...each }));
}
