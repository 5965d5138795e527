//! Key pairs of the kit: made, loaded, written and used for signing; RSA and P-256.

use super::der::{self, oid, tag};
use crate::error::Error;
use crate::text;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{digest, encoding};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;

/// Which key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeyKind {
    /// ECDSA over NIST P-256.
    #[default]
    P256,
    /// RSA, 2048 bits.
    Rsa2048,
    /// RSA, 3072 bits.
    Rsa3072,
}

/// A private key with its public half.
#[derive(Debug)]
pub struct Key(Pair);

#[derive(Debug)]
enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl Key {
    /// A fresh key; RSA takes from a tenth of a second to seconds.
    ///
    /// # Errors
    /// When the random source or the library fails.
    pub fn generate(kind: KeyKind) -> Result<Self, Error> {
        let size = match kind {
            KeyKind::P256 => {
                return EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
                    .map(|pair| Self(Pair::Ec(pair)))
                    .map_err(|_| Error::Crypto("making a P-256 key"));
            }
            KeyKind::Rsa2048 => KeySize::Rsa2048,
            KeyKind::Rsa3072 => KeySize::Rsa3072,
        };
        rsa::KeyPair::generate(size)
            .map(|pair| Self(Pair::Rsa(pair)))
            .map_err(|_| Error::Crypto("making an RSA key"))
    }

    /// The first private key of PEM text: PKCS#8, PKCS#1 or SEC1, RSA or P-256.
    ///
    /// # Errors
    /// When there is none, or it is of another kind.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        const ALLOWED: &str = "one unencrypted RSA or P-256 private key in PEM";
        let der = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|e| Error::input("private key", e.to_string(), ALLOWED))?;
        let alg = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = match &der {
            PrivateKeyDer::Pkcs8(key) => EcdsaKeyPair::from_pkcs8(alg, key.secret_pkcs8_der())
                .map(Pair::Ec)
                .or_else(|_| rsa::KeyPair::from_pkcs8(key.secret_pkcs8_der()).map(Pair::Rsa)),
            PrivateKeyDer::Pkcs1(key) => {
                rsa::KeyPair::from_der(key.secret_pkcs1_der()).map(Pair::Rsa)
            }
            PrivateKeyDer::Sec1(key) => {
                EcdsaKeyPair::from_private_key_der(alg, key.secret_sec1_der()).map(Pair::Ec)
            }
            _ => return Err(Error::input("private key", "an unknown encoding", ALLOWED)),
        };
        pair.map(Self).map_err(|e| Error::input("private key", e.to_string(), ALLOWED))
    }

    /// The key as PKCS#8, DER.
    ///
    /// # Errors
    /// When the library cannot write it.
    pub fn pkcs8(&self) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Crypto("writing a key");
        match &self.0 {
            Pair::Ec(pair) => Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let der: encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Ok(der.as_ref().to_vec())
            }
        }
    }

    /// The key as PKCS#8, PEM.
    ///
    /// # Errors
    /// When the library cannot write it.
    pub fn pem(&self) -> Result<String, Error> {
        Ok(text::pem("PRIVATE KEY", &self.pkcs8()?))
    }

    /// `SubjectPublicKeyInfo`, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = match &self.0 {
            Pair::Ec(_) => der::sequence(&[
                &der::object_id(oid::EC_PUBLIC_KEY),
                &der::object_id(oid::PRIME256V1),
            ]),
            Pair::Rsa(_) => {
                der::sequence(&[&der::object_id(oid::RSA_ENCRYPTION), &der::tlv(tag::NULL, &[])])
            }
        };
        der::sequence(&[&algorithm, &der::bits(self.public())])
    }

    /// Key identifier of RFC 7093 method 1: the leftmost 160 bits of SHA-256 of the public key.
    pub(crate) fn id(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.public()).as_ref()[..20].to_vec()
    }

    /// `AlgorithmIdentifier` of the signatures that this key makes.
    pub(crate) fn signature_algorithm(&self) -> Vec<u8> {
        match &self.0 {
            Pair::Ec(_) => der::sequence(&[&der::object_id(oid::ECDSA_WITH_SHA256)]),
            Pair::Rsa(_) => {
                der::sequence(&[&der::object_id(oid::SHA256_WITH_RSA), &der::tlv(tag::NULL, &[])])
            }
        }
    }

    /// Signature with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let (random, failed) = (SystemRandom::new(), |_| Error::Crypto("signing"));
        match &self.0 {
            Pair::Ec(pair) => Ok(pair.sign(&random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(failed)?;
                Ok(signature)
            }
        }
    }

    fn public(&self) -> &[u8] {
        match &self.0 {
            Pair::Ec(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
        }
    }
}
