//! Where something stands on a page.

/// As documents write it: `a b c d e f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix(pub(super) [f64; 6]);

impl Matrix {
    pub(super) const SAME: Matrix = Matrix([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(super) const fn moved(x: f64, y: f64) -> Self {
        Matrix([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one first, then the other.
    pub(super) fn then(self, other: Matrix) -> Self {
        let Matrix([a, b, c, d, e, f]) = self;
        let Matrix([oa, ob, oc, od, oe, of]) = other;
        Matrix([
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        ])
    }

    /// Where its own beginning stands.
    pub(super) const fn origin(self) -> (f64, f64) {
        (self.0[4], self.0[5])
    }

    /// Where a step of that length along its lines leads.
    pub(super) const fn along(self, length: f64) -> (f64, f64) {
        (self.0[0] * length, self.0[1] * length)
    }
}
