// The logins of Vault that OpenBao leaves to plugins, as OpenBao runs them, and a directory for the one by ldap:
//
//	logins aws                     the plugin for auth/aws
//	logins ldap                    the plugin for auth/ldap
//	logins directory 127.0.0.1:N   an LDAP server with one person, cn=app,ou=people,dc=example,dc=org, password "directory-word"
package main

import (
	"log"
	"os"

	awsauth "github.com/hashicorp/vault/builtin/credential/aws"
	"github.com/hashicorp/vault/builtin/credential/ldap"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/plugin"
	"github.com/jimlambrt/gldap"
)

var methods = map[string]logical.Factory{"aws": awsauth.Factory, "ldap": ldap.Factory}

// The people of the directory and their passwords.
var people = map[string]string{"cn=app,ou=people,dc=example,dc=org": "directory-word"}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "directory" {
		log.Fatal(serveDirectory(os.Args[2]))
	}
	if len(os.Args) != 2 || methods[os.Args[1]] == nil {
		log.Fatal("usage: logins aws | logins ldap | logins directory ADDRESS")
	}
	// Without a provider for TLS: OpenBao agrees on certificates with its plugins by itself.
	log.Fatal(plugin.ServeMultiplex(&plugin.ServeOpts{BackendFactoryFunc: methods[os.Args[1]]}))
}

func serveDirectory(address string) error {
	server, err := gldap.NewServer()
	if err != nil {
		return err
	}
	mux, err := gldap.NewMux()
	if err != nil {
		return err
	}
	if err := mux.Bind(bind); err != nil {
		return err
	}
	if err := server.Router(mux); err != nil {
		return err
	}
	return server.Run(address)
}

func bind(writer *gldap.ResponseWriter, request *gldap.Request) {
	answer := request.NewBindResponse(gldap.WithResponseCode(gldap.ResultInvalidCredentials))
	message, err := request.GetSimpleBindMessage()
	if err == nil && message.Password != "" && people[message.UserName] == string(message.Password) {
		answer.SetResultCode(gldap.ResultSuccess)
	}
	_ = writer.Write(answer)
}
