import { describe, expect, test } from 'vitest';
import { explainFailure, explainRefusal } from '../../../src/components/synapse/explain.ts';

const traceback = (last: string) => `Traceback (most recent call last):
  File "/usr/local/lib/python3.11/dist-packages/synapse/app/homeserver.py", line 1, in main
    setup()
${last}
`;

describe('why Synapse does not start', () => {
  test.each<[string, string, string]>([
    [
      'an option that it finds wrong',
      "\nError in configuration at 'listeners.<item 0>.port':\n  Listener port is not a number\n",
      "Error in configuration at 'listeners.<item 0>.port': Listener port is not a number",
    ],
    [
      'a block in a frame, with a traceback behind it',
      `${'*'.repeat(30)}\n Error in configuration at 'database':\n   no such engine\n${'*'.repeat(30)}\n${traceback('ValueError: no')}`,
      "Error in configuration at 'database': no such engine",
    ],
    [
      'a value that it stumbles over',
      'Error in configuration: TypeError: Bad duration suffix banana\n',
      'TypeError: Bad duration suffix banana',
    ],
    [
      'the last of several',
      "Error in configuration at 'a':\n  one\nStarting synapse\nError in configuration at 'b':\n  two\n",
      "Error in configuration at 'b': two",
    ],
  ])('must be %s', (_title, output, reason) => {
    expect(explainRefusal(output)).toBe(reason);
    expect(explainFailure(output)).toBe(reason);
  });

  test.each<[string, string, string]>([
    [
      'the exception at the end of a traceback',
      `${traceback('psycopg2.OperationalError: server closed the connection')}\tbefore or while it was asked\n`,
      'psycopg2.OperationalError: server closed the connection',
    ],
    ['its last line, where it says nothing that is known', 'starting\nout of memory\n', 'out of memory'],
  ])('must be %s when it is no matter of the configuration', (_title, output, reason) => {
    expect(explainRefusal(output)).toBeUndefined();
    expect(explainFailure(output)).toBe(reason);
  });
});
