"""AccountService: who may work at the desk."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio

from anchorproof.api import review_convert as convert
from anchorproof.api.desk_access import Access, address_of, token_of
from anchorproof.api.status import Context
from anchorproof.reviews.desk import Desk
from anchorproof.v1 import account_pb2, account_pb2_grpc


class AccountServicer(account_pb2_grpc.AccountServiceServicer):
    """Sign-in and accounts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._access = Access(desk.sessions)

    async def SignIn(self, request: account_pb2.SignInRequest, context: Context) -> account_pb2.SignInResponse:
        address = address_of(context, request.client_address)
        token, info = await asyncio.to_thread(self._desk.sessions.begin, request.account_id, request.password, address)
        return account_pb2.SignInResponse(token=token, session=convert.session_message(info))

    async def SignOut(self, _: account_pb2.SignOutRequest, context: Context) -> account_pb2.SignOutResponse:
        await asyncio.to_thread(self._desk.sessions.end, token_of(context))
        return account_pb2.SignOutResponse()

    async def GetSession(self, _: account_pb2.GetSessionRequest, context: Context) -> account_pb2.GetSessionResponse:
        info = await asyncio.to_thread(self._desk.sessions.find, token_of(context))
        return account_pb2.GetSessionResponse(session=convert.session_message(info))

    async def ChangePassword(
        self, request: account_pb2.ChangePasswordRequest, context: Context
    ) -> account_pb2.ChangePasswordResponse:
        await self._access.account(context, "ChangePassword")
        address = address_of(context, "")
        change = self._desk.sessions.change_password
        await asyncio.to_thread(change, token_of(context), request.old_password, request.new_password, address)
        return account_pb2.ChangePasswordResponse()

    async def ListAccounts(
        self, request: account_pb2.ListAccountsRequest, context: Context
    ) -> account_pb2.ListAccountsResponse:
        await self._access.account(context, "ListAccounts")
        found = await asyncio.to_thread(self._desk.accounts.list, request.page_size, request.page_token)
        return convert.accounts_message(*found)

    async def CreateAccount(
        self, request: account_pb2.CreateAccountRequest, context: Context
    ) -> account_pb2.CreateAccountResponse:
        admin = await self._access.account(context, "CreateAccount")
        account = await asyncio.to_thread(
            self._desk.accounts.create,
            convert.account_name(admin.account_id),
            request.account_id,
            convert.read_role(request.role),
            request.password,
            request.display_name,
        )
        return account_pb2.CreateAccountResponse(account=convert.account_message(account))

    async def UpdateAccount(
        self, request: account_pb2.UpdateAccountRequest, context: Context
    ) -> account_pb2.UpdateAccountResponse:
        admin = await self._access.account(context, "UpdateAccount")
        account = await asyncio.to_thread(
            self._desk.accounts.update,
            convert.account_name(admin.account_id),
            convert.read_account_name(request.name),
            request.display_name,
            convert.read_role(request.role) if request.role else None,
            request.disabled if request.HasField("disabled") else None,
            request.password,
        )
        return account_pb2.UpdateAccountResponse(account=convert.account_message(account))
