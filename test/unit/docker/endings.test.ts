import { expect, test } from 'vitest';
import { endingsOf } from '../../../src/docker/endings.ts';

const event = (Action: string, exitCode?: string) =>
  JSON.stringify({ Type: 'container', Action, Actor: { ID: 'a', Attributes: { exitCode } } });

test.each([
  ['nothing', '', { exitCode: undefined, outOfMemory: false }],
  [
    'the last of several',
    `${event('die', '1')}\n${event('die', '3')}\n`,
    { exitCode: 3, outOfMemory: false },
  ],
  ['one for memory', `${event('oom')}\n${event('die', '137')}\n`, { exitCode: 137, outOfMemory: true }],
])('how a container ended must be read from its events: %s', (_, events, endings) => {
  expect(endingsOf(events)).toEqual(endings);
});
