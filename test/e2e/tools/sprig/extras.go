// What External Secrets adds to sprig (runtime/template/v2 of its 2.x), where Go's own library and sigs.k8s.io/yaml are all it takes.
package main

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"hash"
	"strings"

	"sigs.k8s.io/yaml"
)

var extras = map[string]any{
	"toYaml":     toYAML,
	"fromYaml":   fromYAML,
	"filterPEM":  filterPEM,
	"certSANs":   certSANs,
	"rsaDecrypt": rsaDecrypt,
}

func toYAML(value any) string {
	data, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(data), "\n")
}

func fromYAML(text string) map[string]any {
	result := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &result); err != nil {
		result["Error"] = err.Error()
	}
	return result
}

func filterPEM(kind, input string) (string, error) {
	if start := strings.Index(input, "-----BEGIN"); start != -1 {
		input = input[start:]
	}
	var kept bytes.Buffer
	rest := []byte(input)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.EqualFold(block.Type, kind) {
			if err := pem.Encode(&kept, block); err != nil {
				return "", err
			}
		}
	}
	if kept.Len() == 0 && len(rest) != 0 {
		return "", errors.New("error filtering pem: found junk")
	}
	return kept.String(), nil
}

func certSANs(input string) ([]string, error) {
	if start := strings.Index(input, "-----BEGIN"); start != -1 {
		input = input[start:]
	}
	block, _ := pem.Decode([]byte(input))
	if block == nil {
		return nil, errors.New("failed to decode PEM block")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	names := append([]string{}, certificate.DNSNames...)
	for _, address := range certificate.IPAddresses {
		names = append(names, address.String())
	}
	names = append(names, certificate.EmailAddresses...)
	for _, uri := range certificate.URIs {
		names = append(names, uri.String())
	}
	return names, nil
}

func rsaDecrypt(scheme, digest, input, key string) (string, error) {
	switch scheme {
	case "None":
		return input, nil
	case "RSA-OAEP":
	default:
		return "", errors.New("unknown scheme")
	}
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return "", errors.New("failed to decode PEM block")
	}
	private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return "", err
		}
		var isRSA bool
		if private, isRSA = parsed.(*rsa.PrivateKey); !isRSA {
			return "", errors.New("no RSA key")
		}
	}
	digests := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA512": sha512.New}
	create, isKnown := digests[digest]
	if !isKnown {
		create = sha256.New
	}
	plain, err := rsa.DecryptOAEP(create(), nil, private, []byte(input), nil)
	return string(plain), err
}
