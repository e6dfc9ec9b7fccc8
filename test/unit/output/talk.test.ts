import { expect, test } from 'vitest';
import type { TalkFinding } from '../../../src/administration/talk/conversation.ts';
import { styleFor } from '../../../src/output/style.ts';
import { describeTalk } from '../../../src/output/talk.ts';

const style = styleFor({ write: () => undefined }, {});
const here: TalkFinding = {
  code: 'talk-here',
  from: 'a.test',
  to: 'a.test',
  verdict: 'passed',
  milliseconds: 640,
};

test('what was read must be told with its time, and where another server was not named, how to name one', () => {
  expect(describeTalk([here], true, style)).toEqual([
    'Encrypted messages: 1 of 1 decrypted by the recipient.',
    '  within a.test, after 0.6 s',
    'This tested accounts of this server only. To test with another server, name an',
    'account there: --other-server and --other-user.',
  ]);
});

test('what was not read must be told with how far it came and what to do, and what was left over as such', () => {
  const there: TalkFinding = {
    code: 'talk-there',
    from: '@x:a.test',
    to: '@bob:b.test',
    verdict: 'failed',
    saw: 'no answer within 60 s: nothing has arrived, as far as can be seen from here',
    remedy: 'do this',
  };
  const left: TalkFinding = { ...here, code: 'talk-left-over', verdict: 'warning', saw: 'it stayed' };
  expect(describeTalk([here, there, left], false, style)).toEqual([
    'Encrypted messages: 1 of 2 decrypted by the recipient.',
    '  within a.test, after 0.6 s',
    'WRONG    @x:a.test to @bob:b.test: no answer within 60 s: nothing has arrived,',
    '         as far as can be seen from here',
    '         do this',
    'WARNING  it stayed',
  ]);
});
