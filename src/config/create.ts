import type { Settings } from '../components/component.ts';
import { type Answers, hasOtherProxy, noneAnswer } from './answers.ts';
import { challengeSettings } from './challenge-question.ts';
import { mailSection } from './mail-answers.ts';

/** Name of the file, beside matrix.yaml, with the CA certificates of a private CA. */
export const rootsFile = 'roots.pem';

/** The loopback port on which our proxy listens behind another proxy of this host, unless that port is taken. */
export const usualProxiedPort = 8008;

/** Facts about the host on which the settings of a new server depend. */
interface Place {
  /** The port on which our proxy listens with the edge `host-proxy`; `usualProxiedPort` when absent. */
  readonly proxiedPort?: number | undefined;
  /** True if this host has no IPv4, so that containers can reach other servers only by IPv6. */
  readonly isIpv6Only?: boolean;
}

/** The settings of a public server, from the answers to `init`. */
export function publicConfigValues(
  answers: Answers,
  { proxiedPort = usualProxiedPort, isIpv6Only = false }: Place = {},
): Settings {
  const { server_name, host = server_name, email, acme_directory, acme_roots } = answers;
  const shared = { server_name, host, delegation: answers.delegation, ...mailValues(answers) };
  if (hasOtherProxy(answers)) {
    const roots = acme_roots === undefined ? undefined : rootsFile;
    return {
      ...shared,
      traefik: {
        edge:
          answers.edge === 'traefik'
            ? { ...joinedEdge(answers), roots }
            : { kind: 'host-proxy', port: proxiedPort, roots },
        certificates: undefined,
        publish: isIpv6Only
          ? { address: undefined, https: undefined, http: undefined, ipv6_network: true }
          : undefined,
      },
    };
  }
  return {
    ...shared,
    traefik: {
      certificates: {
        email: email === noneAnswer ? undefined : email,
        ...challengeSettings(answers),
        ...(acme_directory === undefined ? {} : { directory: acme_directory }),
        ...(acme_roots === undefined ? {} : { roots: rootsFile }),
      },
      publish: { ipv6_network: isIpv6Only },
    },
  };
}

function joinedEdge({
  traefik_network,
  traefik_entry_point,
  traefik_resolver = noneAnswer,
  traefik_middlewares = noneAnswer,
}: Answers): Settings {
  return {
    kind: 'traefik',
    network: traefik_network,
    entry_point: traefik_entry_point,
    certificate_resolver: traefik_resolver === noneAnswer ? null : traefik_resolver,
    middlewares: middlewareList(traefik_middlewares),
  };
}

/** The middlewares of an answer. */
function middlewareList(answer: string): string[] {
  return answer === noneAnswer ? [] : answer.split(',').map((name) => name.trim());
}

/** The settings of a server without a domain: reachable on loopback only, with a local CA. */
export function localConfigValues(serverName: string, httpsPort: number, answers: Answers = {}): Settings {
  return {
    server_name: serverName,
    host: serverName,
    delegation: undefined,
    ...mailValues(answers),
    traefik: {
      certificates: { issuer: 'local', email: undefined },
      publish: { address: '127.0.0.1', https: httpsPort, http: null },
    },
  };
}

function mailValues(answers: Answers): Settings {
  const mail = mailSection(answers);
  return mail === undefined ? {} : { mail };
}
