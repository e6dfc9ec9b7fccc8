/** What was answered to a request, as far as a judgement needs it. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** The JSON object in a text; `undefined` where it is none. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A value that came from elsewhere as an object; `undefined` where it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/**
 * Why a client in a browser may not read an answer (client-server API, "Web Browser Clients"); `undefined` where it may.
 */
export function objectionToCors({ headers }: Pick<Answer, 'headers'>): string | undefined {
  const allowed = headers['access-control-allow-origin'];
  return allowed === '*' ? undefined : `access-control-allow-origin ${allowed ?? 'is missing'}`;
}
