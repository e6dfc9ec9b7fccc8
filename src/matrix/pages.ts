import * as z from 'zod';
import { type Api, accepted } from './api.ts';

// The name of the field and its type, a number or a string, depend on the endpoint.
const position = z
  .object({ next_token: z.coerce.string().optional(), next_batch: z.coerce.string().optional() })
  .transform(({ next_token, next_batch }) => next_token ?? next_batch);

/**
 * Every page of a list of Synapse's admin API, which returns lists in pages (`from`, `limit`, and the position of the
 * next page).
 *
 * @param query selects and sorts the list; the order must not change between two pages
 * @param intent as for `accepted`
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
