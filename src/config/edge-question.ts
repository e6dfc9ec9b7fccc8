import type { Question } from './questions.ts';

/** Asked where another program has the ports of the web: whether it stays in front of the homeserver. */
export const edgeQuestion: Question = {
  name: 'edge',
  flag: '--edge <kind>',
  label: 'in front',
  text: (_, { proxy }) => `Should ${proxy} pass requests on to the homeserver?`,
  help: (_, { proxy }) =>
    `${proxy} has port 80 or 443 of this machine, which the homeserver needs unless ${proxy} passes requests on. It keeps its sites and certificates, and gets settings that \`matrix-deploy edge snippet\` prints.`,
  choices: (_, { proxy }) => [
    {
      value: 'host-proxy',
      name: `Yes, ${proxy} stays in front`,
      meaning: 'The homeserver listens on this machine only, and orders no certificates.',
    },
    {
      value: 'own',
      name: `No, ${proxy} goes`,
      meaning: '',
      unavailable: `Stop ${proxy} first, so that ports 80 and 443 are free. Then begin again.`,
    },
  ],
  applies: ({ local }, { proxy }) => !local && proxy !== undefined,
  fallback: () => 'host-proxy',
  unsettles: ['email'],
};
