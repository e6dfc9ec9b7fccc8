import type { RootPage } from '../procedures/certificates/share-root.ts';
import { escaped, htmlPage } from './html.ts';

/** The steps for each kind of device: its name, then whole sentences in the words of its settings. */
const steps: Readonly<Record<string, readonly string[]>> = {
  'iPhone and iPad': [
    'Open this page in Safari, tap the button above, and allow the download.',
    'In Settings, tap "Profile Downloaded". Under "More Details", compare the fingerprint. Then tap "Install".',
    'In Settings, General, About, Certificate Trust Settings, switch the certificate on.',
  ],
  Android: [
    'Tap the button above and keep the file.',
    'In Settings, search for "CA certificate", and install the file there. It asks for the PIN of the phone and warns.',
    'In Settings, search for "Trusted credentials", choose "User", tap the certificate and compare the fingerprint.',
  ],
  Windows: [
    'Open the file. On the tab "Details", compare the thumbprint if it is shown as SHA-256.',
    'Choose "Install Certificate", "Local Machine", "Place all certificates in the following store", "Trusted Root Certification Authorities".',
  ],
  macOS: [
    'Open the file: Keychain Access asks where to; choose "System".',
    'Open the certificate there, compare the fingerprint, and under "Trust" choose "Always Trust".',
  ],
  'Linux (Debian, Ubuntu)': [
    'Save the file, then: openssl x509 -in root.crt -inform der -out /usr/local/share/ca-certificates/matrix.crt && update-ca-certificates',
  ],
  Firefox: [
    'In Settings, search for "Certificates", choose "View Certificates", "Authorities", "Import", and trust it for web sites.',
  ],
};

const style = `body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
a { display: inline-block; padding: .7rem 1.2rem; border-radius: .4rem; background: #0b57d0; color: #fff; text-decoration: none }
code { display: block; overflow-wrap: anywhere; padding: .7rem; border: 1px solid }
summary { padding: .6rem 0; font-weight: 600 }`;

/** A page for people who have to trust the root certificate of a private CA. */
export function rootPage({ serverName, homeserver, authority, fingerprint, path }: RootPage): string {
  const list = Object.entries(steps).map(
    ([device, sentences]) =>
      `<details><summary>${escaped(device)}</summary><ol>${sentences
        .map((sentence) => `<li>${escaped(sentence)}</li>`)
        .join('')}</ol></details>`,
  );
  return htmlPage({
    title: `Trust ${serverName}`,
    style,
    body: `<p>The homeserver ${escaped(homeserver)} has a certificate by a CA of its own, ${escaped(authority)}. Your device connects once it trusts the root certificate of that CA.</p>
<p><a href="${escaped(path)}">Get the root certificate</a></p>
<p>Its SHA-256 fingerprint must be the one on the screen of the person who showed you the code. If it is another, install nothing:</p>
<code>${escaped(fingerprint)}</code>
<h2>Install it</h2>
${list.join('\n')}
<p>To undo this, remove the certificate in the same place.</p>`,
  });
}
