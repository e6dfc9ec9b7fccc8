import type { Invitation } from '../stack/invitation.ts';
import { escaped, htmlPage } from './html.ts';
import { terminalWidth, wrapWords } from './wrap.ts';

/** A paragraph, or a labelled value to type or to open. */
type Line = string | { readonly label: string; readonly value: string };

interface Section {
  readonly heading: string;
  readonly lines: readonly Line[];
}

/** A link that phones open by their camera. */
interface Code {
  readonly caption: string;
  readonly link: string;
}

/** Instructions for new users, step by step. A card contains no password. */
export interface Card {
  readonly title: string;
  readonly sections: readonly Section[];
  readonly codes: readonly Code[];
}

/**
 * The step that only users can take: without a recovery key, they lose their encrypted messages with the device. The
 * words are those of Element.
 */
const recoverySection: Section = {
  heading: 'Get your recovery key, today',
  lines: [
    'Why: messages are encrypted, and the keys to them are on your phone or computer, not on the server. If you lose the device, or sign out of it, only this key brings your old messages back. Those who run the server do not have it, and cannot make another one that opens old messages.',
    'How: in Element X on a phone, and in Element on a computer, open Settings, then Encryption, then "Set up recovery". It shows a long key.',
    'Where to keep it: in a password manager, or written down at home with your important papers. Not only on the phone that you may lose, and not in a chat. Give it to nobody who asks for it.',
    'You need it when you sign in on a new device. It is not your password: you need both.',
  ],
};

/** The card with a last section about the recovery key. */
export function withRecovery(card: Card): Card {
  return { ...card, sections: [...card.sections, recoverySection] };
}

/** The card for one user, whose account exists already. */
export function cardOfUser({ userId, homeserver, link, contactLink }: Invitation): Card {
  return {
    title: `Your account on Matrix: ${userId}`,
    sections: [
      {
        heading: 'Sign in',
        lines: [
          'On a phone, open the link: it leads to the app Element X, with all of this filled in. On a computer, open app.element.io, choose Sign in, then Edit beside the server, and type the server below. You are told the password in another way.',
          { label: 'link', value: link },
          { label: 'server', value: homeserver },
          { label: 'user ID', value: userId },
        ],
      },
      {
        heading: 'Let others find you',
        lines: ['With this link, others can write to you.', { label: 'link', value: contactLink }],
      },
    ],
    codes: [{ caption: 'Element X on a phone', link }],
  };
}

/** The card as lines for a terminal or for a mail. */
export function cardText({ title, sections }: Card): string[] {
  return [
    ...wrapWords(title, terminalWidth),
    ...sections.flatMap(({ heading, lines }, index) => [
      '',
      `${index + 1}. ${heading}`,
      ...lines.flatMap((line) =>
        typeof line === 'string'
          ? wrapWords(line, terminalWidth - 3).map((text) => `   ${text}`)
          : [`     ${line.label}: ${line.value}`],
      ),
    ]),
  ];
}

const style = `body { font: 12pt/1.45 system-ui, sans-serif; color: #111; background: #fff; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-bottom: .3rem; } p { margin: .3rem 0; }
dl { margin: .4rem 0 .4rem 1rem; display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: #555; } dd { margin: 0; font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
section { break-inside: avoid; } .codes { display: flex; flex-wrap: wrap; gap: 2rem; margin-top: 1.5rem; }
figure { margin: 0; width: 11rem; break-inside: avoid; } figure svg { width: 100%; height: auto; } figcaption { font-size: .85rem; }
@page { margin: 18mm; }`;

/** Marks a file as a card of matrix-deploy, which another card may replace. */
export const cardMark = '<meta name="generator" content="matrix-deploy">';

/**
 * The card as an HTML page that loads nothing else: to print, or to send.
 *
 * @param svgOf renders a text as a QR code
 */
export function cardHtml({ title, sections, codes }: Card, svgOf: (text: string) => string): string {
  const describeLine = (line: Line) =>
    typeof line === 'string'
      ? `<p>${escaped(line)}</p>`
      : `<dl><dt>${escaped(line.label)}</dt><dd>${linked(line.value)}</dd></dl>`;
  return htmlPage({
    title,
    head: ['<meta name="referrer" content="no-referrer">', cardMark],
    style,
    body: `${sections
      .map(
        ({ heading, lines }, index) =>
          `<section>\n<h2>${index + 1}. ${escaped(heading)}</h2>\n${lines.map(describeLine).join('\n')}\n</section>`,
      )
      .join('\n')}
<div class="codes">
${codes.map(({ caption, link }) => `<figure>${svgOf(link)}<figcaption>${escaped(caption)}</figcaption></figure>`).join('\n')}
</div>`,
  });
}

function linked(value: string): string {
  const text = escaped(value);
  return value.startsWith('https://') ? `<a href="${text}">${text}</a>` : text;
}
