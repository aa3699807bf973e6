/** Passkeys between the browser and the wire: bytes here, base64url there. */
import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreation,
  PasskeyRequest,
} from '@bedside/client';

type Bytes = Uint8Array<ArrayBuffer>;

export const hasPasskeys = (): boolean => typeof globalThis.PublicKeyCredential === 'function';

/** The person stopped it, or the device did not answer: no fault of the hub. */
export class PasskeyRefused extends Error {}

/**
 * Asks a passkey to sign.
 *
 * @throws PasskeyRefused
 */
export async function assertionOf(asked: PasskeyRequest): Promise<PasskeyAssertion> {
  const credential = await answered(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: bytesOf(asked.challenge),
        rpId: asked.rp_id,
        allowCredentials: asked.allow.map(descriptor),
        userVerification: asked.must_verify_user ? 'required' : 'preferred',
        timeout: asked.timeout_ms,
      },
    }),
  );
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    credential_id: textOf(credential.rawId),
    client_data: textOf(response.clientDataJSON),
    authenticator_data: textOf(response.authenticatorData),
    signature: textOf(response.signature),
  };
}

/**
 * Makes a passkey.
 *
 * @throws PasskeyRefused
 */
export async function attestationOf(asked: PasskeyCreation): Promise<PasskeyAttestation> {
  const credential = await answered(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: bytesOf(asked.challenge),
        rp: { id: asked.rp_id, name: asked.rp_name },
        user: {
          id: bytesOf(asked.user_id),
          name: asked.user_name,
          displayName: asked.user_display_name,
        },
        pubKeyCredParams: asked.algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: asked.exclude.map(descriptor),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        timeout: asked.timeout_ms,
      },
    }),
  );
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    client_data: textOf(response.clientDataJSON),
    attestation_object: textOf(response.attestationObject),
  };
}

async function answered(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  const credential = await ask().catch(() => null);
  if (!credential) throw new PasskeyRefused();
  return credential as PublicKeyCredential;
}

const descriptor = (id: string): PublicKeyCredentialDescriptor => ({
  type: 'public-key',
  id: bytesOf(id),
});

export const bytesOf = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (it) => it.charCodeAt(0));

export const textOf = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
