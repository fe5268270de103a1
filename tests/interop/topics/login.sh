# shellcheck shell=bash
# Credentials and TLS against Distribution with htpasswd: every source that the documentation names.

topic_login() {
    start_registry locked htpasswd
    start_registry secret htpasswd tls
    CA=$WORK/secret/ca.pem
    STORE=$(fresh store)
    export SKILLCTL_STORE=$STORE
    pack_examples "$STORE"
    check "without credentials the push is refused, with the host named" anonymous_is_refused
    check "a wrong password is refused, and is not printed" wrong_password
    check "--creds" push_with_creds
    check "credentials from the environment" push_with_environment
    check "Docker's config.json, as written by skopeo login" push_with_docker_config
    check "Docker's config.json with a credential helper" push_with_helper
    check "podman's auth.json, as written by podman login, by REGISTRY_AUTH_FILE" push_with_auth_file
    check "podman's auth.json at its usual place" push_with_podman_default
    check "TLS by an authority of our own is refused where another one is trusted" tls_needs_ca
    check "TLS on loopback is not spoken without being asked for, and the message says so" tls_on_loopback
    check "TLS with --ca-file: push, inspect, pull, promote" tls_with_ca
    check "TLS with --tls-verify=false" tls_without_verification
    check "plain HTTP is not spoken to a registry with TLS" tls_is_not_downgraded
    unset SKILLCTL_STORE
}

HELLO=examples/hello-world:1.0.0-draft

# push_to PATH [OPTION…]: to the registry with htpasswd.
push_to() {
    local path=$1
    shift
    sk push "$@" "$HELLO" "$REGISTRY_LOCKED/$path:1"
    skopeo inspect --raw --tls-verify=false --creds 'alice:open sesame' "docker://$REGISTRY_LOCKED/$path:1" >/dev/null
}

anonymous_is_refused() {
    refused 1 "$REGISTRY_LOCKED" sk push "$HELLO" "$REGISTRY_LOCKED/none/x:1"
}

wrong_password() {
    refused 1 "401|unauthori[sz]ed|credentials|denied" sk push --creds 'alice:guessed-wrong' "$HELLO" "$REGISTRY_LOCKED/none/x:1"
    if grep -q guessed-wrong "$WORK/refused.log"; then fail "the password is in the message"; fi
}

push_with_creds() {
    push_to by/creds --creds 'alice:open sesame'
}

push_with_environment() {
    SKILLCTL_CREDS='alice:open sesame' push_to by/one-variable
    SKILLCTL_USERNAME=alice SKILLCTL_PASSWORD='open sesame' push_to by/two-variables
}

push_with_docker_config() {
    local place
    place=$(fresh docker)
    skopeo login -u alice -p 'open sesame' --tls-verify=false --authfile "$place/config.json" "$REGISTRY_LOCKED"
    DOCKER_CONFIG=$place push_to by/docker-config
}

push_with_helper() {
    local place
    place=$(fresh helper)
    cat >"$place/docker-credential-interop" <<'END'
#!/bin/sh
cat >/dev/null
echo '{"ServerURL":"x","Username":"alice","Secret":"open sesame"}'
END
    chmod 755 "$place/docker-credential-interop"
    echo "{\"credHelpers\": {\"$REGISTRY_LOCKED\": \"interop\"}}" >"$place/config.json"
    PATH=$place:$PATH DOCKER_CONFIG=$place push_to by/helper
}

push_with_auth_file() {
    local place
    place=$(fresh podman)
    podman login -u alice -p 'open sesame' --tls-verify=false --authfile "$place/auth.json" "$REGISTRY_LOCKED"
    REGISTRY_AUTH_FILE=$place/auth.json push_to by/auth-file
}

push_with_podman_default() {
    podman login -u alice -p 'open sesame' --tls-verify=false "$REGISTRY_LOCKED"
    test -e "$XDG_RUNTIME_DIR/containers/auth.json"
    push_to by/default
    podman logout "$REGISTRY_LOCKED"
}

tls_needs_ca() {
    mkdir -p "$WORK/stranger"
    make_certificates "$WORK/stranger"
    refused 1 "certificate" sk push --ca-file "$WORK/stranger/ca.pem" --creds 'alice:open sesame' "$HELLO" "$REGISTRY_SECRET/x/hello-world:1"
}

# Loopback hosts are spoken to in plain HTTP; a flag of TLS changes that.
tls_on_loopback() {
    refused 1 "ca-file|tls-verify|HTTPS" sk push --creds 'alice:open sesame' "$HELLO" "$REGISTRY_SECRET/x/hello-world:1"
}

tls_with_ca() {
    local place options=(--ca-file "$CA" --creds 'alice:open sesame') repository=$REGISTRY_SECRET/tls/hello-world
    place=$(fresh tls)
    sk push "${options[@]}" "$HELLO" "$repository:1.0.0-draft"
    sk inspect "${options[@]}" "$repository:1.0.0-draft" >/dev/null
    sk pull "${options[@]}" "$repository:1.0.0-draft" -o "$place"
    came_back hello-world "$place/hello-world"
    sk promote "${options[@]}" "$repository:1.0.0-draft" --to testing
    mkdir "$place/certs"
    cp "$CA" "$place/certs/ca.crt"
    skopeo inspect --raw --cert-dir "$place/certs" --creds 'alice:open sesame' "docker://$repository:1.0.0-testing" |
        jq -e '.annotations["io.skillimage.status"] == "testing"'
}

tls_without_verification() {
    sk push --tls-verify=false --creds 'alice:open sesame' "$HELLO" "$REGISTRY_SECRET/unverified/x:1"
}

tls_is_not_downgraded() {
    if sk push --plain-http --creds 'alice:open sesame' "$HELLO" "$REGISTRY_SECRET/plain/x:1"; then
        fail "the push went through"
    fi
}
