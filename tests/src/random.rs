//! Randomness that can be had again: SplitMix64 from a printed seed.
use std::time::SystemTime;

/// A sequence of numbers that follows from its seed.
pub struct Random(u64);

impl Random {
    /// From the variable `name`, or else from the clock; prints the seed, so that a failure can be had again.
    pub fn seeded(name: &str) -> Self {
        let clock = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64);
        let given = std::env::var(name).ok().filter(|seed| !seed.is_empty());
        let seed =
            given.map_or(clock, |seed| seed.parse().unwrap_or_else(|_| panic!("{name} is not a number")));
        println!("{name}={seed}");
        Self(seed)
    }

    /// A sequence of its own, which follows from this one.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// From 0 up to but not `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        self.next() % below
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
