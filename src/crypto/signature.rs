//! Signatures of others: public keys of passkeys, by the three algorithms that authenticators have.
//!
//! Invariant: a key says its algorithm when it is read, and verifies by no other. Does not: read CBOR, or sign.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256: the two coordinates, 32 bytes each.
    P256(Vec<u8>, Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits at least: modulus and exponent.
    Rsa(Vec<u8>, Vec<u8>),
}

impl PublicKey {
    /// Whether it signed that message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            PublicKey::P256(x, y) => {
                let point: Vec<u8> = [4].iter().chain(x).chain(y).copied().collect();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
                x.len() == 32 && y.len() == 32 && key.verify(message, signature).is_ok()
            }
            PublicKey::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
            PublicKey::Rsa(n, e) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        RSA_PKCS1_SHA256, RsaKeyPair,
    };

    #[test]
    fn each_algorithm_verifies_its_own_and_nothing_else() {
        let random = SystemRandom::new();
        let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let point = ecdsa.public_key().as_ref();
        let eddsa = Ed25519KeyPair::generate().unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let parts: PublicKeyComponents<Vec<u8>> = rsa.public_key().into();
        let mut by_rsa = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &random, b"told", &mut by_rsa).unwrap();
        let keys = [
            PublicKey::P256(point[1..33].to_vec(), point[33..].to_vec()),
            PublicKey::Ed25519(eddsa.public_key().as_ref().to_vec()),
            PublicKey::Rsa(parts.n, parts.e),
        ];
        let signatures = [
            ecdsa.sign(&random, b"told").unwrap().as_ref().to_vec(),
            eddsa.sign(b"told").as_ref().to_vec(),
            by_rsa,
        ];
        for (n, key) in keys.iter().enumerate() {
            for (m, signature) in signatures.iter().enumerate() {
                assert_eq!(key.verifies(b"told", signature), n == m, "{n} {m}");
                assert!(!key.verifies(b"else", signature));
            }
        }
        assert!(!PublicKey::P256(vec![1; 32], vec![2; 32]).verifies(b"told", &signatures[0]));
        assert!(!PublicKey::P256(vec![], vec![]).verifies(b"told", &signatures[0]));
        assert!(!PublicKey::Ed25519(vec![]).verifies(b"told", &signatures[1]));
    }
}
