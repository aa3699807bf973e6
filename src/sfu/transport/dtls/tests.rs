//! Handshakes with a client of the library, in memory.

use super::*;

/// The address of the server as the client sees it.
const SERVER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

struct Client {
    identity: Identity,
    endpoint: Endpoint,
}

impl Client {
    /// Begins a handshake that offers these profiles, in this order.
    fn new(profiles: Vec<SrtpProtectionProfile>) -> Self {
        Self::with(profiles, vec![])
    }

    /// The same with these suites only; the library's own when there are none.
    fn with(profiles: Vec<SrtpProtectionProfile>, suites: Vec<CipherSuiteId>) -> Self {
        let identity = Identity::generate().unwrap();
        let config = ConfigBuilder::default()
            .with_crypto_provider(identity.provider.clone())
            .with_certificates(vec![identity.certificate.clone()])
            .with_srtp_protection_profiles(profiles)
            .with_cipher_suites(suites)
            .with_insecure_skip_verify(true)
            .with_extended_master_secret(ExtendedMasterSecretType::Require)
            .build(true, Some(SERVER))
            .unwrap();
        let mut endpoint = Endpoint::new(SERVER, TransportProtocol::UDP, None);
        endpoint.connect(Instant::now(), SERVER, Arc::new(config), None).unwrap();
        Self { identity, endpoint }
    }

    fn sent(&mut self) -> Vec<Vec<u8>> {
        std::iter::from_fn(|| self.endpoint.poll_transmit())
            .map(|sent| sent.message.to_vec())
            .collect()
    }

    /// Seals a packet with the client's keys for a profile.
    fn sealed(&self, profile: Profile, salt: usize, packet: &[u8]) -> Vec<u8> {
        let state = self.endpoint.get_connection_state(SERVER).unwrap();
        let length = 32 + 2 * salt;
        let material =
            state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], length).unwrap();
        let material = material.as_ref();
        let master = Master { key: &material[..16], salt: &material[32..32 + salt] };
        let mut outbound =
            Outbound::new(self.identity.provider.crypto(), profile, &master).unwrap();
        let mut sealed = packet.to_vec();
        assert!(outbound.seal_rtp(7, 1, 12, &mut sealed, 0));
        sealed
    }
}

/// Runs a handshake to its end.
fn shake(client: &mut Client, server: &mut Dtls) -> Progress {
    for _ in 0..20 {
        for datagram in client.sent() {
            match server.read(&datagram, Instant::now()) {
                Progress::Going => {}
                ended => {
                    let mut last = vec![];
                    server.drain(|datagram| last.push(datagram.to_vec()));
                    for datagram in last {
                        drop(client.endpoint.read(
                            Instant::now(),
                            SERVER,
                            None,
                            datagram[..].into(),
                        ));
                    }
                    return ended;
                }
            }
        }
        let mut answers = vec![];
        server.drain(|datagram| answers.push(datagram.to_vec()));
        for datagram in answers {
            client.endpoint.read(Instant::now(), SERVER, None, datagram[..].into()).unwrap();
        }
    }
    Progress::Going
}

fn server(fingerprint: [u8; 32]) -> Dtls {
    Dtls::new(Arc::new(Identity::generate().unwrap()), fingerprint).unwrap()
}

const PACKET: [u8; 15] = [0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 1, 2, 3];

#[test]
fn gcm_is_taken_although_the_client_names_another_profile_first() {
    let both = vec![
        SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80,
        SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm,
    ];
    let mut client = Client::new(both);
    let mut server = server(client.identity.fingerprint);
    let Progress::Done(mut keys) = shake(&mut client, &mut server) else { panic!("no keys") };
    let mut sealed = client.sealed(Profile::Aes128Gcm, 12, &PACKET);
    assert_eq!(keys.inbound.open_rtp(&mut sealed), Ok(PACKET.len()));
    assert_eq!(sealed[..PACKET.len()], PACKET);
}

#[test]
fn a_client_without_gcm_is_served_with_what_it_has() {
    let mut client = Client::new(vec![SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80]);
    let mut server = server(client.identity.fingerprint);
    let Progress::Done(mut keys) = shake(&mut client, &mut server) else { panic!("no keys") };
    let mut sealed = client.sealed(Profile::Aes128CmSha1, 14, &PACKET);
    assert_eq!(keys.inbound.open_rtp(&mut sealed), Ok(PACKET.len()));
}

#[test]
fn another_certificate_than_the_offered_one_fails() {
    let mut client = Client::new(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm]);
    let mut server = server([7; 32]);
    assert!(matches!(shake(&mut client, &mut server), Progress::Failed));
}

#[test]
fn a_goodbye_is_told_and_a_forged_one_is_not() {
    let mut client = Client::new(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm]);
    let mut server = server(client.identity.fingerprint);
    assert!(matches!(shake(&mut client, &mut server), Progress::Done(_)));
    let forged = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0];
    assert!(matches!(server.read(&forged, Instant::now()), Progress::Going));
    client.endpoint.close(Instant::now()).unwrap();
    let goodbye = client.sent();
    let told = goodbye
        .iter()
        .any(|datagram| matches!(server.read(datagram, Instant::now()), Progress::Closed));
    assert!(told);
}

#[test]
fn garbage_before_the_handshake_panics_nobody() {
    for length in 0..200usize {
        let mut server = server([7; 32]);
        let mut datagram: Vec<u8> = (0..length).map(|at| (at * 7 + length) as u8).collect();
        if let Some(first) = datagram.first_mut() {
            *first = 22;
        }
        server.read(&datagram, Instant::now());
    }
}

#[test]
fn cbc_with_sha_1_is_not_spoken_even_when_the_client_names_it_first() {
    let cbc = CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_256_Cbc_Sha;
    let gcm = CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256;
    let profiles = vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm];
    let mut old = Client::with(profiles.clone(), vec![cbc]);
    let mut there = server(old.identity.fingerprint);
    assert!(!matches!(shake(&mut old, &mut there), Progress::Done(_)));
    let mut both = Client::with(profiles, vec![cbc, gcm]);
    let mut there = server(both.identity.fingerprint);
    assert!(matches!(shake(&mut both, &mut there), Progress::Done(_)));
}
