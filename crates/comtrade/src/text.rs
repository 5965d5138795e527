//! Text of `.cfg`, `.hdr` and `.inf`: which encoding it is in, and its conversion; never applied
//! to the bytes of a `.dat`.
//!
//! No file says its encoding, so it is judged from the bytes. UTF-8 proves itself; among the
//! others the one in which most bytes above 127 are plausible letters wins. A wrong guess costs
//! legibility, not data: every single-byte encoding here maps all 256 bytes both ways. Only GBK
//! loses bytes that are not GBK, when such a text is written again.

use std::borrow::Cow;
use std::fmt;

/// Text encoding met in records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, and plain ASCII; what IEC 60255-24:2013 demands.
    #[default]
    Utf8,
    /// Windows-1251: Russian recorders of the last decades.
    Cp1251,
    /// IBM 866: Russian recorders of the DOS age.
    Cp866,
    /// ISO 8859-1: western devices.
    Latin1,
    /// GBK: Chinese recorders.
    Gbk,
}

impl Encoding {
    /// All encodings, in order of preference.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Cp1251, Self::Cp866, Self::Latin1, Self::Gbk];

    /// Recognises the encoding of a text.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() {
            return Self::Utf8;
        }
        let score = Score::of(bytes);
        if score.isolated == score.high {
            return Self::Latin1;
        }
        [(score.cp1251, Self::Cp1251), (score.cp866, Self::Cp866), (score.gbk, Self::Gbk)]
            .into_iter()
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .filter(|best| best.0 * 2 > score.high)
            .map_or(Self::Latin1, |best| best.1)
    }

    /// Decodes; the flag says that some bytes had no meaning and became U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self.table() {
            Some(table) => table.decode_without_bom_handling(bytes),
            None => (bytes.iter().map(|&b| char::from(b)).collect(), false),
        }
    }

    /// Encodes; a character that the encoding does not have becomes `?`.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        let Some(table) = self.table() else {
            return text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        };
        let (bytes, _, unmappable) = table.encode(text);
        if !unmappable {
            return bytes.into_owned();
        }
        let mut one = [0; 4];
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            match table.encode(c.encode_utf8(&mut one)) {
                (bytes, _, false) => out.extend_from_slice(&bytes),
                _ => out.push(b'?'),
            }
        }
        out
    }

    /// `None` is ISO 8859-1, which the tables of the web replace by Windows-1252.
    fn table(self) -> Option<&'static encoding_rs::Encoding> {
        match self {
            Self::Utf8 => Some(encoding_rs::UTF_8),
            Self::Cp1251 => Some(encoding_rs::WINDOWS_1251),
            Self::Cp866 => Some(encoding_rs::IBM866),
            Self::Latin1 => None,
            Self::Gbk => Some(encoding_rs::GBK),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Cp1251 => "CP1251",
            Self::Cp866 => "CP866",
            Self::Latin1 => "ISO-8859-1",
            Self::Gbk => "GBK",
        })
    }
}

impl std::str::FromStr for Encoding {
    type Err = crate::Error;

    fn from_str(name: &str) -> crate::Result<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "utf8" | "ascii" => Ok(Self::Utf8),
            "cp1251" | "windows1251" => Ok(Self::Cp1251),
            "cp866" | "ibm866" => Ok(Self::Cp866),
            "iso88591" | "latin1" => Ok(Self::Latin1),
            "gbk" | "gb2312" | "cp936" => Ok(Self::Gbk),
            _ => Err(crate::error::Findings::new("option").refuse(
                0,
                "text encoding",
                name,
                "UTF-8, CP1251, CP866, ISO-8859-1, GBK",
            )),
        }
    }
}

/// How many of the bytes above 127 are plausible under each encoding.
#[derive(Default)]
struct Score {
    high: usize,
    /// In runs of one or two that touch an ASCII letter: accents within a western word.
    isolated: usize,
    cp1251: usize,
    cp866: usize,
    gbk: usize,
}

impl Score {
    fn of(bytes: &[u8]) -> Self {
        let mut score = Self::default();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] < 0x80 {
                at += 1;
                continue;
            }
            let run = bytes[at..].iter().take_while(|b| **b >= 0x80).count();
            score.run(&bytes[at..at + run]);
            let letter = |i: Option<usize>| {
                i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphabetic)
            };
            if run <= 2 && (letter(at.checked_sub(1)) || letter(Some(at + run))) {
                score.isolated += run;
            }
            // The second half of a pair may be ASCII.
            score.pairs(&bytes[at..bytes.len().min(at + run + 1)]);
            at += run;
        }
        score
    }

    fn run(&mut self, run: &[u8]) {
        self.high += run.len();
        // A capital right after a small letter is no Cyrillic word, but common where the two
        // halves of hanzi are taken for letters.
        let odd = run
            .windows(2)
            .filter(|w| matches!(w[0], 0xE0..=0xFF | 0xB8) && matches!(w[1], 0xC0..=0xDF | 0xA8));
        let odd = odd.count();
        for byte in run {
            // Letters, and the signs that stand in station names: Ё ё № « » – — and NBSP.
            if matches!(byte, 0xC0..=0xFF | 0xA0 | 0xA8 | 0xAB | 0xB8 | 0xB9 | 0xBB | 0x96 | 0x97) {
                self.cp1251 += 1;
            }
            // 0xB0..=0xDF draw boxes in CP866: never in a name.
            if matches!(byte, 0x80..=0xAF | 0xE0..=0xF1 | 0xFC) {
                self.cp866 += 1;
            }
        }
        self.cp1251 = self.cp1251.saturating_sub(odd);
    }

    /// Counts pairs that are signs or first-level hanzi of GB 2312 (those in daily use); rare
    /// hanzi are not counted, since lower-case Cyrillic of CP1251 would look like them.
    fn pairs(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let [lead @ 0x80..=0xFF, trail, ..] = rest {
            if matches!(lead, 0xA1..=0xA9 | 0xB0..=0xD7) && *trail >= 0xA1 {
                self.gbk += 2;
            }
            rest = &rest[if *trail >= 0x40 { 2 } else { 1 }..];
        }
    }
}

/// A text file kept byte for byte, with its encoding judged for itself: `.hdr`, or what one reads
/// from an `.inf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    bytes: Vec<u8>,
    encoding: Encoding,
}

impl Text {
    /// Takes the bytes and judges their encoding.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let encoding = Encoding::of(&bytes);
        Self { bytes, encoding }
    }

    /// The bytes as they are in the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The judged encoding.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text; bytes without meaning become U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        self.encoding.decode(&self.bytes).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, encoding: Encoding) {
        let bytes = encoding.encode(text);
        assert_eq!(Encoding::of(&bytes), encoding, "{text}");
        assert_eq!(encoding.decode(&bytes).0, text);
    }

    #[test]
    fn encodings_are_recognised() {
        check("Station 1, Uab", Encoding::Utf8);
        check("ПС 110 кВ Лесная", Encoding::Utf8);
        check("1,Ua_1СШ-110_ТН_110кВ,A,1СШ-110 №2", Encoding::Cp1251);
        check("СИРИУС,1\r\n1,Сброс сигнализации,,,0", Encoding::Cp1251);
        check("Сброс сигнализации, Вход РПО, АВАРИЯ", Encoding::Cp866);
        check("220kV母线_Ua,A,220kV母线U,V", Encoding::Gbk);
        check("Estação São João, proteção", Encoding::Latin1);
        check("Umspannwerk Köln", Encoding::Latin1);
    }

    #[test]
    fn single_byte_encodings_map_every_byte_both_ways() {
        let all: Vec<u8> = (0..=255).collect();
        for encoding in [Encoding::Cp1251, Encoding::Cp866, Encoding::Latin1] {
            let (text, lossy) = encoding.decode(&all);
            assert!(!lossy, "{encoding}");
            assert_eq!(encoding.encode(&text), all, "{encoding}");
        }
    }

    #[test]
    fn a_character_the_encoding_lacks_becomes_a_question_mark() {
        assert_eq!(Encoding::Cp1251.encode("Ω1"), b"?1");
        assert_eq!(Encoding::Latin1.encode("кВ"), b"??");
    }
}
