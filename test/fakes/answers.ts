import type { Answers } from '../../src/config/answers.ts';

/** What Enter alone answers on a machine that is named after example.org. */
export const offeredAnswers: Answers = {
  server_name: 'example.org',
  delegation: 'well-known',
  host: 'matrix.example.org',
  challenge: 'tls-alpn',
  admin: 'admin',
  start: true,
};
