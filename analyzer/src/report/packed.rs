//! Numbers as text: variable-length bytes in base64, which a page reads faster and stores in less than JSON.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whole numbers, seven bits per byte, the lowest first.
#[derive(Debug, Default)]
pub struct Packed(Vec<u8>);

impl Packed {
    pub fn push(&mut self, number: impl TryInto<u64>) {
        // What cannot be told is nothing: no caller has less.
        let mut rest = number.try_into().unwrap_or(0);
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    pub fn text(&self) -> String {
        base64(&self.0)
    }
}

/// The standard alphabet, padded.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, index| {
            bits << 8 | u32::from(group.get(index).copied().unwrap_or(0))
        });
        for index in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * index) & 63) as usize];
            text.push(if index > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|t| base64(t.as_bytes()));
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts, expected);
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn small_numbers_take_one_byte() {
        let mut packed = Packed::default();
        [0_u64, 127, 128, 300, u64::MAX].into_iter().for_each(|number| packed.push(number));
        packed.push(-1_i64);
        assert_eq!(packed.0[..6], [0, 0x7f, 0x80, 0x01, 0xac, 0x02]);
        assert_eq!(packed.0.len(), 17);
    }
}
