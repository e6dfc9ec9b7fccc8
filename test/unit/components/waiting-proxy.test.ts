import { expect, test } from 'vitest';
import { dynamicSettings } from '../../../src/components/traefik/settings.ts';
import { openTemplate } from '../../../src/render/template.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { everyConfig } from '../../fakes/configurations.ts';

const { middlewares, serversTransports } = openTemplate('traefik/routes.yml').toJS().http;

test.each(everyConfig)('on every route of a %s stack, a request must wait for its service', (_, config) => {
  const { http } = dynamicSettings(describeStack(config, {}).routes, config.traefik) as {
    http: { routers: Record<string, { middlewares: string[] }>; services: object };
  };
  for (const router of Object.values(http.routers)) expect(router.middlewares).toContain('until-reached');
  // Asked for as it is, in none of the domains of the host.
  expect(JSON.stringify(http.services)).toContain('"http://synapse.:8008"');
});

test('the proxy must send nothing again that it has sent, and end before Traefik does by itself', () => {
  const { retry } = middlewares['until-reached'];
  expect(retry.status).toBeUndefined();
  expect(Number.parseInt(retry.timeout, 10)).toBeLessThan(898);
  expect(Object.values<object>(middlewares).filter((one) => 'retry' in one)).toHaveLength(1);
});

test('the proxy must be the first to close a connection that only waited', () => {
  expect(serversTransports.backend.forwardingTimeouts.idleConnTimeout).toBe('250ms');
});
