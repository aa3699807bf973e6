// A real OpenID provider (`oidc-provider`) for the stories of sign-in, on a port of its own at 127.0.0.1. It ends with its parent's pipe.
//
//   node provider.mjs '{"redirect": "…/callback", "now": 1800000000000}'
//
// Prints its issuer, once it listens. Who signs in is said in the address of the page where people would: the browser of a story
// goes to `/interaction/<uid>?who=ana&as=<lie>`; a real one finds a form there. A lie stays with that sign-in: it is part of the account's name until the hub asks.
// What it tells of itself can be changed by `POST /say {"metadata": {…}, "keys": "next", "down": true, "logout": "http://…"}`; its own
// logouts go to that last address. More of them are made by `POST /logout-token {…}`, signed like its own.
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';

const asked = JSON.parse(process.argv[2]);

// The stories have a clock of their own.
const RealDate = Date;
const offset = asked.now - RealDate.now();
globalThis.Date = class extends RealDate {
  constructor(...of) {
    super(...(of.length > 0 ? of : [RealDate.now() + offset]));
  }
  static now() {
    return RealDate.now() + offset;
  }
};
const seconds = () => Math.floor(Date.now() / 1000);

const { default: Provider } = await import('oidc-provider');

const makeKey = async (kid, alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
};
const own = [await makeKey('rsa-1', 'RS256'), await makeKey('ec-1', 'ES256')];
const stranger = await makeKey('rsa-1', 'RS256');
const unknown = await makeKey('rsa-9', 'RS256');
const next = await makeKey('rsa-2', 'RS256');
const publicOf = ({ d, p, q, dp, dq, qi, ...rest }) => rest;

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

let say = {};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'bedside',
      client_secret: 'a fictional secret',
      redirect_uris: [asked.redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      backchannel_logout_uri: 'https://clinic.invalid/logout',
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: asked.alg ?? 'RS256',
    },
    // Somebody else's, at the same address.
    {
      client_id: 'another-client',
      client_secret: 'another secret',
      redirect_uris: [asked.redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  jwks: { keys: own },
  cookies: { keys: ['a fictional key'] },
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    ...Object.fromEntries(['acr', 'amr', 'auth_time', 'iss', 'sid'].map((it) => [it, null])),
  },
  acrValues: ['urn:example:two'],
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  // The hub is on this machine, at a port that is not known when this begins; the provider would not ask there by itself.
  fetch: (_, { dispatcher, ...options }) => fetch(say.logout, options),
  ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 600, IdToken: 300 },
  interactions: { url: (_, it) => `/interaction/${it.uid}` },
  // Nobody is asked what this client may know.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  },
  async findAccount(_, id) {
    const [name] = id.split('|');
    const verified = !name.startsWith('unverified.');
    const email = `${name.replace('unverified.', '')}@clinic.invalid`;
    return {
      accountId: id,
      claims: async () => ({ sub: name, email, email_verified: verified }),
    };
  },
});
provider.on('server_error', (_, error) => console.error(error));
provider.on('backchannel.error', (_, error) => console.error(error));

const sign = async (claims, key, header = {}) =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(await importJWK(key, key.alg));

const part = (it) => Buffer.from(JSON.stringify(it)).toString('base64url');
const { createHmac } = await import('node:crypto');
const hmac = (claims, secret) => {
  const signed = `${part({ alg: 'HS256', kid: 'rsa-1', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};
const halfHash = (token) =>
  createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');

/** Lies in ID tokens: claims and the key in, a token out. */
const LIES = {
  'wrong-iss': (it) => sign({ ...it, iss: 'https://other.example' }, own[0]),
  'wrong-nonce': (it) => sign({ ...it, nonce: 'of-somebody-else' }, own[0]),
  'no-nonce': ({ nonce, ...it }) => sign(it, own[0]),
  'wrong-aud': (it) => sign({ ...it, aud: 'another-client' }, own[0]),
  'more-aud': (it) => sign({ ...it, aud: ['bedside', 'another-client'] }, own[0]),
  'wrong-azp': (it) => sign({ ...it, azp: 'another-client' }, own[0]),
  expired: (it) => sign({ ...it, iat: seconds() - 600, exp: seconds() - 300 }, own[0]),
  early: (it) => sign({ ...it, iat: seconds() + 600, exp: seconds() + 900 }, own[0]),
  'not-before': (it) => sign({ ...it, nbf: seconds() + 600 }, own[0]),
  unsigned: (it) => `${part({ alg: 'none', typ: 'JWT' })}.${part(it)}.`,
  'no-signature': async (it) => (await sign(it, own[0])).replace(/[^.]*$/, ''),
  'public-key-as-secret': (it) => hmac(it, JSON.stringify(publicOf(own[0]))),
  'client-secret': (it) => hmac(it, 'a fictional secret'),
  'other-key': (it) => sign(it, stranger),
  'other-kid': (it) => sign(it, unknown),
  'own-jwk': (it) => sign(it, unknown, { jwk: publicOf(unknown), kid: undefined }),
  jku: (it) => sign(it, unknown, { jku: `${issuer}/evil`, kid: unknown.kid }),
  'path-kid': (it) => sign(it, unknown, { kid: '../../etc/passwd' }),
  crit: (it) => `${part({ alg: 'RS256', kid: 'rsa-1', crit: ['exp'], exp: 1 })}.${part(it)}.AAAA`,
  changed: async (it) => {
    const [head, , signature] = (await sign(it, own[0])).split('.');
    return `${head}.${part({ ...it, sub: 'admin' })}.${signature}`;
  },
  'twice-sub': async (it) => {
    const text = JSON.stringify(it).replace(/^\{/, '{"sub":"admin",');
    const { CompactSign } = await import('jose');
    return new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' })
      .sign(await importJWK(own[0], 'RS256'));
  },
  'logout-as-id': (it) => sign(it, own[0], { typ: 'logout+jwt' }),
  'access-as-id': (it) => sign(it, own[0], { typ: 'at+jwt' }),
  'wrong-at-hash': (it) => sign({ ...it, at_hash: halfHash('another') }, own[0]),
  'no-sub': ({ sub, ...it }) => sign(it, own[0]),
  // No lies.
  es256: (it) => sign(it, own[1]),
  'new-key': (it) => sign(it, next),
  'two-factors': (it) => sign({ ...it, amr: ['pwd', 'otp'] }, own[0]),
  'other-sub': (it) => sign({ ...it, sub: `${it.sub}.two` }, own[0]),
  'proven-before': (it) => sign({ ...it, amr: ['pwd', 'otp'], auth_time: seconds() - 700 }, own[0]),
  'long-ago': (it) => sign({ ...it, auth_time: seconds() - 1200 }, own[0]),
  'no-time': ({ auth_time, ...it }) => sign(it, own[0]),
  'just-proven': (it) => sign({ ...it, auth_time: seconds() }, own[0]),
};

const callback = provider.callback();

const read = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};
const answer = (response, status, body, type = 'application/json') => {
  response.writeHead(status, { 'content-type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

/** What the provider answers, with its text changed. */
const changed = (request, response, change) => {
  const chunks = [];
  const end = response.end.bind(response);
  response.write = (chunk) => {
    chunks.push(Buffer.from(chunk));
    return true;
  };
  response.end = (chunk) => {
    if (chunk) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    Promise.resolve(change(text)).then((body) => {
      response.removeHeader('content-length');
      end(body);
    });
  };
  return callback(request, response);
};

const FORM = `<!doctype html><html lang="en"><title>A fictional provider</title><link rel="icon" href="data:,">
<main><h1>A fictional provider</h1><form><label>Name <input name="who" required></label>
<button>Go on</button></form><form><button name="denies" value="yes">Rather not</button></form></main></html>`;

const lieOf = new Map();
provider.on('grant.success', (ctx) => {
  const id = ctx.oidc.entities.Account?.accountId ?? '';
  lieOf.set(ctx.res, id.split('|')[1]);
});

const ofToken = (request, response) =>
  changed(request, response, async (text) => {
    if (say.token === 'large') return `${text.slice(0, -1)},"more":"${'x'.repeat(300_000)}"}`;
    const lie = LIES[lieOf.get(response)];
    lieOf.delete(response);
    if (!lie) return text;
    const answer = JSON.parse(text);
    const claims = JSON.parse(Buffer.from(answer.id_token.split('.')[1], 'base64url'));
    claims.sub = claims.sub.split('|')[0];
    return JSON.stringify({ ...answer, id_token: await lie(claims) });
  });

let fetchedKeys = 0;

server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  try {
    if (say.down) return answer(response, 503, {});
    if (url.pathname === '/say' && request.method === 'POST') {
      say = JSON.parse(await read(request));
      return answer(response, 200, { fetchedKeys });
    }
    if (url.pathname === '/logout-token') {
      const { claims, header, key } = JSON.parse(await read(request));
      const usual = {
        iss: issuer,
        aud: 'bedside',
        iat: seconds(),
        exp: seconds() + 120,
        jti: randomUUID(),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      };
      const all = Object.entries({ ...usual, ...claims }).filter(([, it]) => it !== null);
      const by = { stranger, unknown }[key] ?? own[0];
      const token = await sign(Object.fromEntries(all), by, { typ: 'logout+jwt', ...header });
      return answer(response, 200, token, 'text/plain');
    }
    if (url.pathname.startsWith('/interaction/')) {
      const who = url.searchParams.get('who');
      if (!who && !url.searchParams.has('denies')) {
        return answer(response, 200, FORM, 'text/html; charset=utf-8');
      }
      const as = url.searchParams.get('as');
      const result = url.searchParams.has('denies')
        ? { error: 'access_denied', error_description: 'words of a stranger' }
        : { login: { accountId: as ? `${who}|${as}` : who, acr: url.searchParams.get('acr') ?? undefined } };
      return await provider.interactionFinished(request, response, result, {
        mergeWithLastSubmission: false,
      });
    }
    if (url.pathname === '/.well-known/openid-configuration' && say.metadata) {
      return changed(request, response, (text) =>
        JSON.stringify({ ...JSON.parse(text), ...say.metadata }),
      );
    }
    if (url.pathname === '/jwks') {
      fetchedKeys += 1;
      if (say.keys === 'redirect') {
        response.writeHead(302, { location: `${issuer}/other-keys` });
        return response.end();
      }
      if (say.keys === 'next') return answer(response, 200, { keys: [publicOf(next)] });
    }
    if (url.pathname === '/token') return ofToken(request, response);
    return callback(request, response);
  } catch (error) {
    console.error(error);
    answer(response, 500, {});
  }
});

console.log(issuer);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
