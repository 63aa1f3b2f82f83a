# The image a release publishes: one static binary and a CA bundle, nothing else.
# Written for every Docker builder: no RUN --mount and no here-documents.
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
WORKDIR /build
# Static needs an explicit --target, or build scripts and proc macros would be linked statically too.
ENV RUSTFLAGS="-C target-feature=+crt-static"

# The dependencies, in a layer of their own: it is built again only when a manifest changes. The
# simulator is a workspace member, so cargo asks for its manifest, and for a source file to go with it.
COPY Cargo.toml Cargo.lock ./
COPY tests/sim/Cargo.toml tests/sim/Cargo.toml
RUN mkdir -p src tests/sim/src/bin \
 && touch src/lib.rs tests/sim/src/lib.rs \
 && echo 'fn main() {}' | tee src/main.rs > tests/sim/src/bin/aws-sim.rs \
 && cargo build --release --locked --package ecs-rollback-action --target "$(uname -m)-unknown-linux-gnu"

# A copied file keeps its age: without the touch, cargo would take the empty sources for newer.
COPY src src
RUN find src -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --package ecs-rollback-action --target "$(uname -m)-unknown-linux-gnu" \
 && cp "target/$(uname -m)-unknown-linux-gnu/release/ecs-rollback-action" /ecs-rollback-action

FROM scratch
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ecs-rollback-action" \
      org.opencontainers.image.description="Rolls an Amazon ECS service back to a known-good version, and proves that it serves" \
      org.opencontainers.image.source="https://github.com/org/ecs-rollback-action" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /ecs-rollback-action /ecs-rollback-action
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# No USER: GitHub's runner needs root, to write its command files.
ENTRYPOINT ["/ecs-rollback-action"]
