//! Generates the calls of the shop. A mistake in its templates is an error of this build.

fn main() -> Result<(), mailmethod::codegen::BuildError> {
    mailmethod::codegen::build("../../templates")
}
