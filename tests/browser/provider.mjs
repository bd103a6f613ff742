#!/usr/bin/env node
// A provider of OpenID Connect on this machine, by the certified library: whoever asks is let in under the
// name they type.
//   node provider.mjs --port PORT --back ADDRESS
import Provider from 'oidc-provider';
const option = name => process.argv[process.argv.indexOf('--' + name) + 1];
const port = Number(option('port'));
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: 'the-observatory', client_secret: 'a-secret-of-both', redirect_uris: [option('back')], grant_types: ['authorization_code'], response_types: ['code'] }],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} of elsewhere`, email: `${id}@uni.example`, email_verified: true }) }),
  cookies: { keys: ['for this run only'] },
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
