import { expect, test } from 'vitest';
import { inviteTo } from '../../../src/stack/invitation.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfig, publicConfig } from '../../fakes/configurations.ts';

test('a public server must be named as its users name it, so that Element finds the way', () => {
  expect(inviteTo(describeStack(publicConfig, {}), 'a+b')).toEqual({
    userId: '@a+b:example.org',
    homeserver: 'https://matrix.example.org',
    link: 'https://mobile.element.io/element?account_provider=example.org&login_hint=mxid:@a%2Bb:example.org',
    contactLink: 'https://matrix.to/#/@a%2Bb:example.org',
  });
});

test('a local server must be named with its port', () => {
  expect(inviteTo(describeStack(localConfig, {}), 'bob')).toMatchObject({
    homeserver: 'https://localhost:8443',
    link: 'https://mobile.element.io/element?account_provider=localhost:8443&login_hint=mxid:@bob:localhost',
  });
});
