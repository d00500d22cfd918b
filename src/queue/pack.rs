//! The pack: what a mail stores of its own, in less room where that goes.
//!
//! A mail with a layout repeats itself: it takes a fifth of the room, in the file
//! and in each write on the way there. Whether one does is seen by a taste of it:
//! prose would take more time than it saves. What is large is mostly an
//! attachment, which would not get smaller; what is secret stays as it is, so
//! that one can see that nothing of it is left.

use std::ops::RangeInclusive;

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

/// The first octet of what is packed: behind it come the length, four octets, least first, and an
/// LZ4 block. No message begins with it.
const PACKED: u8 = 1;
/// The first octet of what is not packed, and begins with one of the two.
const PLAIN: u8 = 2;
/// What is smaller is not worth it, and what is larger is no text.
const WORTH: RangeInclusive<usize> = 2 * TASTE..=256 * 1_024;
/// How much is tried first, out of the middle.
const TASTE: usize = 1_024;
/// The octets in front of the block.
const HEAD: usize = 5;

/// Packs the octets of a mail.
pub(super) fn packed(own: Vec<u8>) -> Vec<u8> {
    match block(&own) {
        Some(packed) if packed.len() < own.len() / 4 * 3 => packed,
        _ if matches!(own.first(), Some(&PACKED | &PLAIN)) => [&[PLAIN], own.as_slice()].concat(),
        _ => own,
    }
}

fn block(own: &[u8]) -> Option<Vec<u8>> {
    if !WORTH.contains(&own.len()) {
        return None;
    }
    let middle = (own.len() - TASTE) / 2;
    let mut taste = [0; 2 * TASTE];
    let size = compress_into(own.get(middle..middle + TASTE)?, &mut taste).ok()?;
    if size > TASTE / 2 {
        return None;
    }
    let mut out = vec![0; HEAD + get_maximum_output_size(own.len())];
    let (head, body) = out.split_at_mut_checked(HEAD)?;
    let length = u32::try_from(own.len()).ok()?.to_le_bytes();
    head.copy_from_slice(&[&[PACKED], length.as_slice()].concat());
    let size = compress_into(own, body).ok()?;
    out.truncate(HEAD + size);
    Some(out)
}

/// The octets of a mail as they were; nothing if they are damaged.
pub(super) fn unpacked(stored: Vec<u8>) -> Option<Vec<u8>> {
    match stored.as_slice() {
        [PACKED, length @ ..] => {
            let (length, block) = length.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            // A damaged length takes no memory.
            let mut own = WORTH.contains(&length).then(|| vec![0; length])?;
            let size = decompress_into(block, &mut own).ok()?;
            (size == length).then_some(own)
        }
        [PLAIN, own @ ..] => Some(own.to_vec()),
        _ => Some(stored),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_text_takes_less_room_and_comes_back() {
        let text = "Thank you for your order, which is on its way.\r\n".repeat(100).into_bytes();
        let stored = packed(text.clone());
        assert!(stored.len() < text.len() / 2, "{}", stored.len());
        assert_eq!(unpacked(stored), Some(text));
    }

    #[test]
    fn what_does_not_repeat_itself_stays_as_it_is() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + u8::try_from(state >> 28).unwrap()
        };
        let text: Vec<u8> = std::iter::repeat_with(&mut next).take(9_000).collect();
        assert_eq!(packed(text.clone()), text);
    }

    #[test]
    fn what_is_damaged_is_nothing() {
        let stored = packed(b"Thank you for your order.\r\n".repeat(100));
        assert_eq!(unpacked(stored[..stored.len() / 2].to_vec()), None);
        assert_eq!(unpacked(vec![PACKED, 1, 0]), None);
        assert_eq!(unpacked(vec![PACKED, 255, 255, 255, 255, 0]), None);
    }

    proptest! {
        #[test]
        fn any_octets_come_back(
            piece in prop::collection::vec(any::<u8>(), 0..40), times in 0_usize..200,
        ) {
            let own = piece.repeat(times);
            prop_assert_eq!(unpacked(packed(own.clone())), Some(own));
        }

        #[test]
        fn no_octets_do_harm(mut octets in prop::collection::vec(any::<u8>(), 0..80)) {
            octets.insert(0, PACKED);
            prop_assert!(unpacked(octets).is_none_or(|own| WORTH.contains(&own.len())));
        }
    }
}
