import * as z from 'zod';
import { type Api, accepted } from './api.ts';

// By endpoint, it is called so or so, and is a number or a string.
const position = z
  .object({ next_token: z.coerce.string().optional(), next_batch: z.coerce.string().optional() })
  .transform(({ next_token, next_batch }) => next_token ?? next_batch);

/**
 * Every page of a list that Synapse gives page by page, as its admin API does (`from`, `limit`, and where the next one begins).
 *
 * @param query what of the list is wanted, in an order that does not change meanwhile
 * @param intent what is wanted, as for `accepted`
 */
export async function* pagesOf<Page extends z.ZodType>(
  admin: Api,
  { path, query, page }: { path: string; query: Readonly<Record<string, string>>; page: Page },
  intent: string,
): AsyncGenerator<z.output<Page>> {
  for (let from: string | undefined = '0'; from !== undefined; ) {
    const parameters = new URLSearchParams({ ...query, limit: '500', from });
    const body = accepted(await admin({ method: 'GET', path: `${path}?${parameters}` }), intent);
    yield page.parse(body);
    from = position.parse(body);
  }
}
