import { CancelledError, messageOf } from '../errors.ts';
import { unverified } from '../host/judgement.ts';
import { checks } from './checks.ts';
import { type Facts, gatherFacts, type PreflightPorts, type Subject } from './facts.ts';
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
  const findings = (await Promise.all(due.map((name) => runCheck(name, facts)))).flat();
  const proving = facts.authority?.dns === undefined ? 'dns' : 'challenge';
  const isConfirmed = (name: string) =>
    findings.some((one) => one.check === proving && one.verdict === 'passed' && one.name === name);
  return {
    findings,
    uncertainNames: facts.isBehindProxy ? [] : uncertified.filter((name) => !isConfirmed(name)),
  };
}

async function runCheck(check: CheckName, facts: Facts): Promise<Finding[]> {
  const { reason, judge } = checks[check];
  const seen = await judge(facts).catch((error) => {
    if (error instanceof CancelledError) {
      throw error;
    }
    return [unverified(`could not be checked: ${messageOf(error)}`)];
  });
  return seen.map((each) => ({ check, reason, ...each }));
}
